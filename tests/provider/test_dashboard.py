"""The dashboard: what it counts, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from provider import dashboard
from tests.factories.accounts import UserFactory
from tests.factories.calls import CallFactory, call_between
from tests.factories.subscribers import BindingFactory
from tests.factories.trunking import GatewayFactory, GatewayStateFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.panel.panel import admin_client, queries_of


def _figures(two_resellers: TwoResellers) -> dict[str, tuple[int, str]]:
    context = dashboard.add_figures(RequestFactory().get("/"), {})
    return {str(figure.name): (figure.value, figure.more) for figure in context["figures"]}


def test_the_figures(two_resellers: TwoResellers) -> None:
    BindingFactory(subscriber=two_resellers.a.alice, expires_at=timezone.now() - timedelta(seconds=1))
    CallFactory(started_at=timezone.now() - timedelta(days=2), ended=True)
    assert _figures(two_resellers) == {
        "Phones registered": (4, "now"),
        "Calls now": (2, "ringing or talking"),
        "Calls in 24 hours": (4, "50 % answered"),
        "Subscribers": (4, "in all domains"),
        "Numbers assigned": (4, "2 free"),
    }


def test_hours_without_calls_are_there_too(db: None) -> None:
    now = datetime(2026, 1, 2, 12, 30, tzinfo=UTC)
    CallFactory(started_at=now, ended=True)
    CallFactory(started_at=now - timedelta(minutes=1))
    CallFactory(started_at=now - timedelta(hours=3), ended=True)
    hours = dashboard.calls_by_hour(now)
    assert (len(hours), hours[0].label, hours[-1].label) == (24, "13", "12")
    last, third = hours[-1], hours[-4]
    assert (last.answered, last.other, last.answered_height, last.other_height) == (1, 1, 50, 50)
    assert (third.answered, third.answered_height) == (1, 50)
    assert sum(hour.answered + hour.other for hour in hours) == 3


def test_gateways_show_their_live_calls(db: None) -> None:
    busy, idle = GatewayFactory(name="busy"), GatewayFactory(name="idle")
    CallFactory(gateway_in=busy)
    CallFactory(gateway_out=busy)
    CallFactory(gateway_out=idle, ended=True)
    assert [(row["name"], row["calls"]) for row in dashboard.gateways()] == [("busy", 2), ("idle", 0)]


def test_a_gateway_that_does_not_answer_says_so(db: None) -> None:
    GatewayStateFactory(gateway__name="down", gateway__probe_interval=30, is_up=False)
    GatewayStateFactory(gateway__name="up", gateway__probe_interval=30)
    assert [row["troubles"] for row in dashboard.gateways()] == [[("danger", "does not answer")], []]
    assert "does not answer" in admin_client(UserFactory(admin=True)).get("/admin/").content.decode()


def test_a_new_installation_is_told_what_to_do(db: None) -> None:
    steps = [text for text, _link in dashboard.first_steps()]
    assert len(steps) == 4
    client = admin_client(UserFactory(admin=True))
    page = client.get("/admin/").content.decode()
    assert "First steps" in page
    assert "No calls yet." in page
    RouteFactory()
    assert len(dashboard.first_steps()) == 2


def test_the_queries_do_not_grow(two_resellers: TwoResellers) -> None:
    client = admin_client(two_resellers.admin)
    GatewayFactory()  # without any, nothing is asked about them
    before = queries_of(client, "/admin/")
    for _ in range(8):
        call_between(two_resellers.a.alice, two_resellers.b.bob, gateway_in=GatewayFactory())
    assert queries_of(client, "/admin/") == before


@pytest.mark.parametrize("badge", [dashboard.binding_badge, dashboard.call_badge])
def test_badges_of_the_sidebar(two_resellers: TwoResellers, badge: object) -> None:
    assert callable(badge)
    assert badge(RequestFactory().get("/")) == {"binding_badge": "4", "call_badge": "2"}[badge.__name__]


def test_what_sip_messages_say_is_text(two_resellers: TwoResellers) -> None:
    CallFactory(caller="sip:<script>alert(1)</script>@x", callee="<img src=x>")
    page = admin_client(two_resellers.admin).get("/admin/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
