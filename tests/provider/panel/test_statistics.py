"""The panel's page with the statistics of calls."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.calls import CallFactory
from tests.factories.trunking import GatewayFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client


@pytest.fixture
def client(two_resellers: TwoResellers) -> Client:
    return admin_client(two_resellers.admin)


@pytest.mark.parametrize("group_by", ["", "hour", "day", "gateway", "reseller", "destination"])
def test_the_page_shows_figures_by_each(client: Client, two_resellers: TwoResellers, group_by: str) -> None:
    gateway = GatewayFactory(name="Gate <1>")
    CallFactory(direction="inbound", gateway_in=gateway, callee_reseller=two_resellers.a.reseller, ended=True,
                callee_number="+4311001")  # fmt: skip
    page = client.get(reverse("statistics"), {"group_by": group_by}).content.decode()
    shown = {
        "": f"{timezone.now():%Y-%m-%d}",
        "gateway": "Gate &lt;1&gt;, in",
        "reseller": two_resellers.a.reseller.name,
        "destination": "Austria (AT)",
    }
    assert shown.get(group_by, f"{timezone.now():%Y-%m-%d}") in page
    assert "ASR" in page


def test_the_figures_come_as_a_file(client: Client) -> None:
    CallFactory(ended=True)
    response = client.get(reverse("statistics"), {"format": "csv"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert f"{timezone.now():%Y-%m-%d}".encode() in b"".join(response)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query",
    [
        {"begin": "2026-11-02", "end": "2026-11-01"},
        {"begin": "2020-01-01", "end": "2026-11-01"},
        {"begin": "2026-01-01", "end": "2026-11-01", "group_by": "hour"},
        {"begin": "nonsense"},
        {"group_by": "nonsense"},
        {"gateway": "x"},
    ],
)
def test_what_cannot_be_asked_is_said(client: Client, query: dict[str, str]) -> None:
    page = client.get(reverse("statistics"), query)
    assert page.status_code == 200
    assert "No calls in this time" in page.content.decode()
