"""Call settings of a document."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desired.kinds import call_settings as kind
from desired.kinds.call_settings import DEFAULTS
from subscribers.grants_actions import Grants, change_grants, grants_of
from subscribers.models import CallerRule, CallSettings, ShownNumber
from subscribers.settings_actions import WantedForwarding, Wishes, change_wishes, wishes_of
from tests.desired.documents import apply, faults, plan, rows, state
from tests.factories.subscribers import SubscriberFactory
from tests.factories.two_resellers import TwoResellers

ALICE, BOB = "alice@a.example.org", "bob@a.example.org"
WHOLE: dict[str, Any] = {
    "aor": ALICE,
    "do_not_disturb": True,
    "hides_number": True,
    "rejects_anonymous": True,
    "only_allowed_callers": True,
    "forwardings": {
        "always": {"targets": ["+43155599"], "seconds": 30, "is_active": False},
        "busy": {"targets": ["bob", "+4311002", "X@A.example.org"]},
    },
    "caller_rules": [
        {"pattern": "+43900*", "note": "Dear"},
        {"pattern": "Anna@Example.org", "action": "allow"},
    ],
    "international": True,
    "premium": True,
    "satellite": True,
    "max_calls": 3,
    "called_number_in": "request_uri",
    "location": "https://where.example.org/1",
    "shown_numbers": [{"e164": "+43155588", "note": "Proved"}, {"e164": "+43155577"}],
}
STORED = {
    **WHOLE,
    "forwardings": {
        "always": {"targets": ["+43155599"], "seconds": 30, "is_active": False},
        "busy": {
            "targets": [f"sip:{BOB}", "+4311002", "sip:x@a.example.org"], "seconds": 20, "is_active": True,
        },
    },
    "caller_rules": [
        {"pattern": "+43900*", "action": "block", "note": "Dear"},
        {"pattern": "anna@example.org", "action": "allow", "note": ""},
    ],
    "shown_numbers": [{"e164": "+43155577", "note": ""}, {"e164": "+43155588", "note": "Proved"}],
}  # fmt: skip


def _apply(two_resellers: TwoResellers, **members: Any) -> Any:
    return apply(two_resellers.a, call_settings=[{"aor": ALICE, **members}])


def test_all_of_them_are_set_written_out_and_taken_back(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    assert state(side)["call_settings"] == []
    planned = plan(side, call_settings=[WHOLE])
    assert planned == apply(side, call_settings=[WHOLE])
    members = {name: (None, value) for name, value in STORED.items() if name != "aor"}
    assert planned == {("create", "call_settings", ALICE): members}
    assert state(side)["call_settings"] == [STORED]
    stood = rows()
    for again in (WHOLE, STORED, {**STORED, "caller_rules": STORED["caller_rules"][::-1]}):
        assert plan(side, call_settings=[again]) == apply(side, call_settings=[again]) == {}
    assert rows() == stood
    gone = apply(side, call_settings=[{"aor": ALICE, "state": "absent"}])
    assert gone == {("remove", "call_settings", ALICE): {name: (was, None) for name, (_none, was) in members.items()}}
    assert (wishes_of(side.alice), grants_of(side.alice)) == (Wishes(), Grants())
    assert not CallSettings.objects.filter(subscriber=side.alice).exists()
    assert apply(side, call_settings=[{"aor": ALICE, "state": "absent"}]) == {}
    assert state(side)["call_settings"] == []


def test_what_is_not_said_stays(two_resellers: TwoResellers) -> None:
    apply(two_resellers.a, call_settings=[WHOLE])
    changed = _apply(two_resellers, max_calls=None, forwardings={"busy": {"seconds": 40}})
    ((key, members),) = changed.items()
    assert key == ("change", "call_settings", ALICE)
    was = STORED["forwardings"]
    assert members == {"max_calls": (3, None), "forwardings": (was, {**was, "busy": {**was["busy"], "seconds": 40}})}
    gone = _apply(two_resellers, forwardings={"busy": None, "parallel": None})
    assert gone["change", "call_settings", ALICE]["forwardings"][1] == {"always": was["always"]}
    # A list is wanted whole.
    assert len(_apply(two_resellers, caller_rules=[{"pattern": "+43900*", "note": "Dear"}])) == 1
    assert list(CallerRule.objects.values_list("pattern", "action", "note")) == [("+43900*", "block", "Dear")]
    assert len(_apply(two_resellers, shown_numbers=[])) == 1
    assert not ShownNumber.objects.exists()


def test_a_member_that_is_set_back_leaves_nothing(two_resellers: TwoResellers) -> None:
    assert _apply(two_resellers, do_not_disturb=False, max_calls=None, forwardings={}, caller_rules=[]) == {}
    made = _apply(two_resellers, do_not_disturb=True)
    assert list(made) == [("create", "call_settings", ALICE)]
    assert list(_apply(two_resellers, do_not_disturb=False)) == [("remove", "call_settings", ALICE)]
    assert not CallSettings.objects.exists()


def test_a_row_that_says_the_defaults_is_nothing(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    CallSettings.objects.create(subscriber=side.alice)
    assert state(side)["call_settings"] == []
    assert plan(side, call_settings=[{"aor": ALICE, "state": "absent"}]) == {}
    stored = CallSettings.objects.filter(subscriber=side.alice).values(*(set(DEFAULTS) & set(Grants().columns))).get()
    assert stored.items() <= DEFAULTS.items()


def test_a_new_subscriber_has_them_at_once(two_resellers: TwoResellers) -> None:
    new = "carl@a.example.org"
    made = apply(
        two_resellers.a,
        subscribers=[{"aor": new, "customer": "Customer"}, {"aor": "dora@a.example.org", "customer": "Customer"}],
        numbers=[{"e164": "+4311003", "subscriber": new}],
        call_settings=[
            {"aor": new, "forwardings": {"busy": {"targets": ["dora", "alice"]}}},
            {"aor": "dora@a.example.org", "premium": False},
        ],
    )
    assert [key[1:] for key in made] == [
        ("subscriber", new), ("subscriber", "dora@a.example.org"), ("number", "+4311003"), ("call_settings", new),
    ]  # fmt: skip


def test_they_go_with_their_subscriber(two_resellers: TwoResellers) -> None:
    apply(two_resellers.a, call_settings=[WHOLE, {"aor": BOB, "do_not_disturb": False}])
    gone = apply(two_resellers.a, subscribers=[{"aor": ALICE, "state": "absent"}, {"aor": BOB, "state": "absent"}])
    assert [key for key in gone if key[1] == "call_settings"] == [("remove", "call_settings", ALICE)]


def test_a_complete_section_is_of_the_subscribers_that_are_named(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    change_wishes(side.alice, Wishes(do_not_disturb=True))
    change_wishes(side.bob, Wishes(forwardings=(("always", WantedForwarding(("+43155599",))),)))
    change_wishes(two_resellers.b.alice, Wishes(do_not_disturb=True))
    complete = {"prune": ["call_settings"], "subscribers": [{"aor": ALICE}, {"aor": BOB}]}
    would = plan(side, **complete)
    assert list(would) == [("remove", "call_settings", BOB), ("remove", "call_settings", ALICE)]
    would = plan(side, **complete, call_settings=[{"aor": BOB}])
    assert list(would) == [("remove", "call_settings", ALICE)]
    assert faults(side, prune=["call_settings"]) == {"/prune/0": "required"}


@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ({"forwardings": {"busy": {"targets": ["+4311002", "nobody"]}}}, {"forwardings/busy/targets/1": "invalid"}),
        ({"forwardings": {"busy": {"targets": ["x@else.example", "alice"]}}}, {
            "forwardings/busy/targets/0": "invalid", "forwardings/busy/targets/1": "invalid",
        }),
        ({"forwardings": {"always": {"targets": ["+493012345678"]}}}, {"forwardings/always/targets/0": "barred"}),
        ({"forwardings": {"busy": {"seconds": 10}}}, {"forwardings/busy/targets": "required"}),
        ({"forwardings": {"busy": {"targets": [], "seconds": 4}}}, {
            "forwardings/busy/targets": "min_length", "forwardings/busy/seconds": "min_value",
        }),
        ({"forwardings": {"busy": {"targets": ["bob", "bob"]}}}, {"forwardings/busy/targets": "invalid"}),
        ({"forwardings": {"busy": {"targets": [{}]}}}, {"forwardings/busy/targets/0": "invalid"}),
        ({"forwardings": {"sometimes": None}}, {"forwardings/sometimes": "unknown"}),
        ({"caller_rules": [{"pattern": "+431"}, {"pattern": "0900*"}]}, {"caller_rules/1/pattern": "invalid"}),
        ({"caller_rules": [{"pattern": "+431"}, {"pattern": "+431"}]}, {"caller_rules/1/pattern": "unique"}),
        ({"shown_numbers": [{"e164": "431"}]}, {"shown_numbers/0/e164": "invalid"}),
        ({"max_calls": 0, "location": "nowhere"}, {"max_calls": "min_value", "location": "invalid"}),
        ({"do_not_disturb": "yes"}, {"do_not_disturb": "type"}),
        ({"customer": "Customer"}, {"customer": "unknown"}),
        ({"state": "absent", "premium": True}, {"premium": "contradiction"}),
    ],
)  # fmt: skip
def test_what_can_be_wrong(two_resellers: TwoResellers, members: dict[str, Any], wrong: dict[str, str]) -> None:
    found = faults(two_resellers.a, call_settings=[{"aor": BOB, "hides_number": True}, {"aor": ALICE, **members}])
    assert found == {f"/call_settings/1/{name}": code for name, code in wrong.items()}


def test_whose_they_are_has_to_be_there(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    nobodys = [{"aor": aor, "premium": False} for aor in ("alice@b.example.org", "nobody@a.example.org")]
    assert faults(side, call_settings=nobodys) == {
        "/call_settings/0/aor": "does_not_exist", "/call_settings/1/aor": "does_not_exist",
    }  # fmt: skip
    assert faults(side, call_settings=[{"aor": "alice"}]) == {"/call_settings/0/aor": "invalid"}
    both = {"subscribers": [{"aor": ALICE, "state": "absent"}], "call_settings": [{"aor": ALICE, "premium": True}]}
    assert faults(side, **both) == {"/call_settings/0": "contradiction"}


def test_what_stands_is_not_asked_about_again(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    change_grants(side.alice, Grants(international=True))
    _apply(two_resellers, forwardings={"always": {"targets": ["+493012345678"]}, "busy": {"targets": ["bob"]}})
    apply(side, subscribers=[{"aor": BOB, "state": "absent"}])
    change_grants(side.alice, Grants())
    said = {"always": {"targets": ["+493012345678"]}, "busy": {"targets": ["bob"]}}
    assert plan(side, call_settings=[{"aor": ALICE, "forwardings": said}]) == {}
    assert len(_apply(two_resellers, forwardings=said, hides_number=True)) == 1


def test_a_user_name_that_is_written_as_a_number_is_a_user_name(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    SubscriberFactory(domain=side.domain, customer=side.customer, username="+43155566")
    _apply(two_resellers, forwardings={"busy": {"targets": ["+43155566"]}})
    assert wishes_of(side.alice).forwardings[0][1].targets == ("sip:+43155566@a.example.org",)
    assert _apply(two_resellers, forwardings={"busy": {"targets": ["+43155566"]}}) == {}


def test_what_the_edge_knows_is_read_once(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    facts = kind.Facts
    monkeypatch.setattr(kind, "Facts", lambda: read.append(1) or facts())
    abroad = {"international": True, "forwardings": {"always": {"targets": ["+493012345678"]}}}
    apply(two_resellers.a, call_settings=[{"aor": aor, **abroad} for aor in (ALICE, BOB)])
    assert read == [1]


def test_reading_costs_the_same_however_many(two_resellers: TwoResellers, django_assert_num_queries: Any) -> None:
    side = two_resellers.a
    more = [SubscriberFactory(domain=side.domain, customer=side.customer, username=f"more{n}") for n in range(10)]
    wanted = [
        {**WHOLE, "aor": aor, "forwardings": {"busy": {"targets": ["+4311003"]}}}
        for aor in (ALICE, BOB, *(one.aor for one in more))
    ]
    apply(side, call_settings=wanted)
    with CaptureQueriesContext(connection) as first:
        assert plan(side, call_settings=wanted[:1]) == {}
    with django_assert_num_queries(len(first)):
        assert plan(side, call_settings=wanted) == {}


def test_changing_costs_the_same_however_many(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    more = [SubscriberFactory(domain=side.domain, customer=side.customer, username=f"more{n}").aor for n in range(10)]
    state(side)  # notes that the token is used, once
    with CaptureQueriesContext(connection) as one:
        apply(side, call_settings=[{**WHOLE, "aor": aor} for aor in more[:1]])
    with CaptureQueriesContext(connection) as many:
        apply(side, call_settings=[{**WHOLE, "aor": aor} for aor in more[1:]])
    assert len(many) == len(one)


def test_all_that_is_wrong_is_said_at_once(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    more = [SubscriberFactory(domain=side.domain, customer=side.customer, username=f"more{n}").aor for n in range(4)]
    wrong = [
        {"forwardings": {"busy": {"targets": ["nobody"]}}},
        {"forwardings": {"busy": {"targets": ["bob", "+493012345678"]}, "always": {"targets": ["+43900123456"]}}},
        {"forwardings": {"busy": {"targets": ["bob", "bob"]}}},
        {"international": True, "forwardings": {"busy": {"targets": ["+493012345678"]}}},
    ]
    found = faults(side, call_settings=[{"aor": aor, **one} for aor, one in zip(more, wrong, strict=True)])
    assert found == {
        "/call_settings/0/forwardings/busy/targets/0": "invalid",
        "/call_settings/1/forwardings/busy/targets/1": "barred",
        "/call_settings/1/forwardings/always/targets/0": "barred",
        "/call_settings/2/forwardings/busy/targets": "invalid",
    }
