"""Carriers and gateways in the API: who sets them up, what a reseller sees, that secrets are shown to nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from subscribers.secrets import decrypt_password
from tests.factories.trunking import (
    CarrierFactory,
    GatewayFactory,
    GatewaySourceFactory,
    GatewayStateFactory,
    RouteFactory,
)
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send
from trunking.models import Carrier, Gateway

SECRET = "its long password"
OURS = " ours "


def _wanted(**more: Any) -> dict[str, Any]:
    return {"name": "PSTN", "carrier": str(CarrierFactory().uid), "host": "192.0.2.10", **more}


def test_a_gateway_with_all_that_the_panel_can_set(two_resellers: TwoResellers) -> None:
    wanted = _wanted(
        port=5061, transport="tls", outbound_proxy="[2001:db8::1]:5060", tls_name="sbc.carrier.example",
        sources=["192.0.2.0/28", "2001:db8::7"], inbound_username="carrier", inbound_password=SECRET,
        outbound_username="us", outbound_password=OURS, outbound_realm="carrier", called_number_in="to",
        caller_in="from", identity_as="none", from_as="identity", max_calls=30, max_calls_per_second=5,
        probe_interval=30, ringing_within=8, failover_codes=[503, 404, 404], registers=True,
        registration_aor="sip:4311001@carrier.example", registration_user="4311001", registration_edge="edge1",
    )  # fmt: skip
    made = send("POST", two_resellers.admin_token_text, "gateways/", wanted)
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["sources"] == ["192.0.2.0/28", "2001:db8::7/128"]
    assert (body["failover_codes"], body["state"], body["registration"]) == ([404, 503], "unknown", "unknown")
    for secret in (SECRET, OURS, "password", "secret"):
        assert secret not in made.content.decode()
    kept = Gateway.objects.get(uid=body["id"])
    assert decrypt_password(kept.inbound_secret) == SECRET
    assert decrypt_password(kept.outbound_secret) == OURS
    shown = ask(two_resellers.admin_token_text, f"gateways/{kept.uid}/")
    assert shown.json() == body
    again = {**body, "number_format": None}
    assert send("PATCH", two_resellers.admin_token_text, f"gateways/{kept.uid}/", again).status_code == 200
    assert Gateway.objects.get(pk=kept.pk).inbound_secret == kept.inbound_secret


def test_an_account_is_whole(two_resellers: TwoResellers) -> None:
    token = two_resellers.admin_token_text
    alone = send("POST", token, "gateways/", _wanted(inbound_username="carrier"))
    assert refused_fields(alone) == {"inbound_password": "invalid"}
    nameless = send("POST", token, "gateways/", _wanted(outbound_password=SECRET))
    assert refused_fields(nameless) == {"outbound_username": "invalid"}
    short = send("POST", token, "gateways/", _wanted(inbound_username="carrier", inbound_password="short"))
    assert refused_fields(short) == {"inbound_password": "min_length"}
    assert not Gateway.objects.exists()
    gateway = GatewayFactory()
    gateway.set_outbound_account("us", SECRET)
    gateway.save()
    path = f"gateways/{gateway.uid}/"
    assert send("PATCH", token, path, {"outbound_username": "us2"}).status_code == 200
    gateway.refresh_from_db()
    assert decrypt_password(gateway.outbound_secret) == SECRET
    assert send("PATCH", token, path, {"outbound_password": OURS}).status_code == 200
    gateway.refresh_from_db()
    assert (gateway.outbound_username, decrypt_password(gateway.outbound_secret)) == ("us2", OURS)
    assert send("PATCH", token, path, {"outbound_username": ""}).status_code == 200
    gateway.refresh_from_db()
    assert gateway.outbound_secret == ""


def test_what_the_panel_refuses_is_refused_beside_its_member(two_resellers: TwoResellers) -> None:
    token = two_resellers.admin_token_text
    taken = GatewaySourceFactory(network="192.0.2.7/32")
    wrong = _wanted(sources=["198.51.100.9", "192.0.2.7", "10.0.0.1/8"])
    assert refused_fields(send("POST", token, "gateways/", wrong)) == {"sources.2": "invalid"}
    wrong["sources"].pop()
    assert set(refused_fields(send("POST", token, "gateways/", wrong))) == {"sources.1"}
    bad = _wanted(host="not a host", outbound_proxy="x:99999", probe_interval=3, failover_codes=[200], tls_name="x y")
    expected = {"host", "outbound_proxy", "probe_interval", "failover_codes.0", "tls_name"}
    assert set(refused_fields(send("POST", token, "gateways/", bad))) == expected
    assert refused_fields(send("POST", token, "gateways/", _wanted(registers=True))) != {}
    assert Gateway.objects.count() == 1
    assert list(taken.gateway.sources.all()) == [taken]


def test_sources_are_replaced_as_a_whole_and_left_alone_when_not_sent(two_resellers: TwoResellers) -> None:
    token, source = two_resellers.admin_token_text, GatewaySourceFactory(network="192.0.2.7/32")
    path = f"gateways/{source.gateway.uid}/"
    assert send("PATCH", token, path, {"name": "New"}).json()["sources"] == ["192.0.2.7/32"]
    changed = send("PATCH", token, path, {"sources": ["192.0.2.8", "192.0.2.7", "192.0.2.8/32"]})
    assert changed.json()["sources"] == ["192.0.2.7/32", "192.0.2.8/32"]
    assert source.gateway.sources.filter(pk=source.pk).exists()  # what stays is not made anew
    assert send("PATCH", token, path, {"sources": []}).json()["sources"] == []


def test_a_reseller_sees_name_and_state_of_what_its_routes_lead_to(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    gateway = GatewayStateFactory(gateway__probe_interval=30, gateway__name="Own").gateway
    GatewaySourceFactory(gateway=gateway)
    gateway.set_outbound_account("our-name-there", SECRET)
    gateway.save()
    RouteFactory(gateway=gateway, reseller=a.reseller)
    RouteFactory(gateway=gateway, reseller=a.reseller, prefix="43")
    RouteFactory(gateway__name="Everybody's")
    assert rows(a.reseller_token_text, "gateways/") == [
        {"id": str(gateway.uid), "name": "Own", "is_active": True, "state": "up"}
    ]
    for path in ("gateways/", f"gateways/{gateway.uid}/", f"gateways/{gateway.uid}/states/"):
        text = ask(a.reseller_token_text, path).content.decode()
        for hidden in (gateway.host, gateway.carrier.name, "our-name-there", SECRET, "198.51", "edge1"):
            assert hidden not in text
    assert refused_fields(ask(a.reseller_token_text, "gateways/", fields="host")) == {"fields": "unknown"}
    assert refused_fields(ask(a.reseller_token_text, "gateways/", expand="carrier")) == {"expand": "unknown_parameter"}
    assert rows(a.reseller_token_text, "gateways/", carrier=str(gateway.carrier.uid)) == []
    for token in (b.reseller_token_text, a.customer_token_text):
        assert rows(token, "gateways/") == []
        assert ask(token, f"gateways/{gateway.uid}/").status_code == 404
        assert ask(token, f"gateways/{gateway.uid}/states/").status_code == 404


def test_carriers_are_the_providers(two_resellers: TwoResellers) -> None:
    gateway = RouteFactory(reseller=two_resellers.a.reseller).gateway
    path = f"carriers/{gateway.carrier.uid}/"
    assert rows(two_resellers.a.reseller_token_text, "carriers/") == []
    assert ask(two_resellers.a.reseller_token_text, path).status_code == 404
    used = send("DELETE", two_resellers.admin_token_text, path, headers={"If-Match": "*"})
    assert (used.status_code, used.json()["code"]) == (409, "in_use")
    assert Carrier.objects.filter(pk=gateway.carrier_id).exists()


@pytest.mark.parametrize("collection", ["carriers", "gateways", "routes", "destination-rules", "block-purchases"])
def test_administrators_alone_write(two_resellers: TwoResellers, collection: str) -> None:
    before = Carrier.objects.count(), Gateway.objects.count()
    refused = send("POST", two_resellers.a.reseller_token_text, f"{collection}/", {"name": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    assert (Carrier.objects.count(), Gateway.objects.count()) == before


def test_states_are_told_by_edge(two_resellers: TwoResellers) -> None:
    now = timezone.now()
    gateway = GatewayFactory(probe_interval=30, registers=True, registration_aor="sip:1@x.example",
                             registration_user="1")  # fmt: skip
    GatewayStateFactory(gateway=gateway, edge="edge1", registered_until=now + timedelta(hours=1))
    GatewayStateFactory(gateway=gateway, edge="edge2", is_up=False, last_status=None, last_error="no answer")
    shown = ask(two_resellers.admin_token_text, f"gateways/{gateway.uid}/").json()
    assert (shown["state"], shown["registration"]) == ("partly", "registered")
    first, second = ask(two_resellers.admin_token_text, f"gateways/{gateway.uid}/states/").json()
    assert (first["edge"], first["is_up"], first["last_status"]) == ("edge1", True, 200)
    assert (second["edge"], second["is_up"], second["last_error"]) == ("edge2", False, "no answer")
    assert (first["since"].endswith("Z"), set(first) & {"id", "gateway"}) == (True, set())


def test_a_page_costs_the_same_however_long(two_resellers: TwoResellers, django_assert_num_queries: Any) -> None:
    token = two_resellers.admin_token_text
    rows(token, "gateways/")  # the token's use is noted
    for _ in range(5):
        GatewaySourceFactory(gateway=GatewayStateFactory().gateway)
    with django_assert_num_queries(4):  # the token; gateways, their sources, their states
        assert len(rows(token, "gateways/")) == 5
