"""Lists that can be had as files."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("model", "q"), [("subscribers_subscriber", "bo"), ("numbering_phonenumber", "+4312")])
def test_the_file_has_what_the_list_is_narrowed_to(two_resellers: TwoResellers, model: str, q: str) -> None:
    client, at = admin_client(two_resellers.admin), reverse(f"admin:{model}_changelist")
    page = client.get(at, {"q": q, "reseller__id__exact": two_resellers.b.reseller.pk})
    (address,) = (one["path"] for one in page.context["actions_list"] if "/export/" in one["path"])
    narrowed, whole = (client.get(one).getvalue().decode().splitlines() for one in (address, address.partition("?")[0]))  # type: ignore[attr-defined]
    assert 1 < len(narrowed) < len(whole)
    assert set(narrowed[1:]) < set(whole)


@pytest.mark.parametrize("model", ["subscribers_subscriber", "numbering_phonenumber"])
def test_a_filter_that_there_is_not_leads_back_to_the_list(two_resellers: TwoResellers, model: str) -> None:
    client, at = admin_client(two_resellers.admin), reverse(f"admin:{model}_changelist")
    page: Any = client.get(at)
    (address,) = (one["path"] for one in page.context["actions_list"] if "/export/" in one["path"])
    assert client.get(f"{address.partition('?')[0]}?nonsense=1").headers["Location"] == at
