"""A configuration's whole way: written, planned, applied, drifted from by hand, brought back, and taken away."""

from typing import Any

from subscribers.models import Domain, Subscriber
from tests.desired.documents import apply, plan, rows, state, told
from tests.factories.numbering import NumberBlockFactory
from tests.factories.two_resellers import Side, TwoResellers
from tests.provider.api.asking import ask, send

DOMAIN, ANNA, BERT = "fink.example.org", "anna@fink.example.org", "bert@fink.example.org"
CONFIGURATION: dict[str, Any] = {
    "customers": [{"name": "Fink", "max_calls": 4}],
    "domains": [{"name": DOMAIN}],
    "domain_aliases": [{"name": "sip.fink.example.org", "domain": DOMAIN}],
    "subscribers": [
        {"aor": ANNA, "customer": "Fink", "display_name": "Anna"},
        {"aor": BERT, "customer": "Fink", "display_name": "Bert"},
    ],
    "credentials": [{"subscriber": aor, "slot": 1, "password": f"of {aor}"} for aor in (ANNA, BERT)],
    "numbers": [{"e164": "+43155501", "subscriber": ANNA}, {"e164": "+43155502", "subscriber": BERT}],
    "dial_settings": [{"domain": DOMAIN, "number_format": "Austria"}],
    "call_settings": [{"aor": ANNA, "forwardings": {"busy": {"targets": ["bert"]}}}],
}


def _by_hand(side: Side) -> None:
    """What somebody does in the panel or by the API while nobody looks at the configuration."""
    token = side.reseller_token_text
    ids = {
        path: ask(token, f"{path}/", **asked).json()["results"][0]["id"]
        for path, asked in (
            ("customers", {"name": "Fink"}),
            ("domain-aliases", {"name": "sip.fink.example.org"}),
            ("dial-settings", {"domain": str(Domain.objects.get(name=DOMAIN).uid)}),
        )
    }
    anna = Subscriber.objects.get(username="anna")
    for method, path, body in (
        ("PATCH", f"customers/{ids['customers']}/", {"max_calls": 9}),
        ("PATCH", f"subscribers/{anna.uid}/", {"display_name": "Somebody else"}),
        ("POST", f"credentials/{anna.credentials.get().uid}/rotate/", {}),
        ("PATCH", f"call-settings/{anna.uid}/", {"do_not_disturb": True, "forwardings": {"busy": None}}),
        ("DELETE", f"domain-aliases/{ids['domain-aliases']}/", None),
        ("DELETE", f"dial-settings/{ids['dial-settings']}/", None),
    ):
        answer = send(method, token, path, body, headers={"If-Match": "*"})
        assert answer.status_code in (200, 201, 204), (path, answer.content)


def test_what_was_changed_by_hand_is_planned_and_brought_back(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    NumberBlockFactory(reseller=side.reseller, first="+43155500", last="+43155599")
    assert plan(side, **CONFIGURATION) == apply(side, **CONFIGURATION)
    stands = state(side, customer="Fink")
    stood = rows()
    assert apply(side, **CONFIGURATION) == plan(side, **stands) == {}
    assert rows() == stood

    _by_hand(side)
    drift = plan(side, **CONFIGURATION)
    assert list(drift) == [
        ("change", "customer", "Fink"),
        ("create", "domain_alias", "sip.fink.example.org"),
        ("change", "subscriber", ANNA),
        ("change", "credential", f"{ANNA}#1"),
        ("create", "dial_settings", DOMAIN),
        ("change", "call_settings", ANNA),
    ]
    assert drift["change", "customer", "Fink"] == {"max_calls": (9, 4)}
    # What the configuration says nothing of was changed by hand, and stays.
    assert set(drift["change", "call_settings", ANNA]) == {"forwardings"}
    assert apply(side, **CONFIGURATION) == drift
    assert plan(side, **CONFIGURATION) == {}
    assert plan(side, **{name: part for name, part in stands.items() if name != "call_settings"}) == {}


def test_what_a_configuration_names_no_more_goes_with_prune_or_absent(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    NumberBlockFactory(reseller=side.reseller, first="+43155500", last="+43155599")
    apply(side, **CONFIGURATION)
    without_bert = {name: [one for one in part if BERT not in one.values()] for name, part in CONFIGURATION.items()}
    without_bert |= {"prune": ["subscribers", "domain_aliases", "dial_settings"], "call_settings": []}
    planned = send("POST", side.reseller_token_text, "plan/", without_bert)
    assert set(told(planned)) == {
        ("change", "number", "+43155502"), ("remove", "credential", f"{BERT}#1"), ("remove", "subscriber", BERT),
    }  # fmt: skip
    headers = {"If-Match": planned.headers["ETag"]}
    assert told(send("POST", side.reseller_token_text, "apply/", without_bert, headers=headers)) == told(planned)

    gone = {
        "customers": [{"name": "Fink", "state": "absent"}],
        "domains": [{"name": DOMAIN, "state": "absent"}],
        "subscribers": [{"aor": ANNA, "state": "absent"}],
    }
    assert {key[1] for key in apply(side, **gone)} == {
        "customer", "domain", "domain_alias", "subscriber", "credential", "number", "dial_settings", "call_settings",
    }  # fmt: skip
    assert plan(side, **gone) == {}
    written = state(side)
    assert [part for part in written.values() if "fink" in str(part).lower()] == []
    assert plan(side, **written) == {}
