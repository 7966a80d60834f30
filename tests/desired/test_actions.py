"""Documents are carried out one after the other, and what is planned is what is done."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desired import actions
from desired.api.document import SECTIONS, read_document
from desired.kinds.all import KINDS
from desired.kinds.call_settings import DEFAULTS
from numbering.actions import assign_number
from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import Binding, Subscriber
from tests.desired.documents import is_so, plan, rows, state, told
from tests.factories.accounts import CustomerFactory
from tests.factories.numbering import NumberBlockFactory, PhoneNumberFactory
from tests.factories.subscribers import BindingFactory, SubscriberFactory
from tests.factories.two_resellers import Side, TwoResellers, make_two_resellers
from tests.provider.api.asking import send

NAMES = ("Customer", "Fink", "Star")
AORS = tuple(f"{name}@a.example.org" for name in ("alice", "bob", "carl", "dora"))
E164S = ("+4311001", "+4311002", "+4311003", "+43155500", "+43155501")


@pytest.mark.django_db(transaction=True)
def test_two_documents_at_once_are_carried_out_one_after_the_other() -> None:
    side = make_two_resellers().a
    documents = [
        {
            "customers": [{"name": f"Shared {n}", "max_calls": calls} for n in range(20)][::step],
            "subscribers": [{"aor": aor, "display_name": str(calls)} for aor in AORS[:2]][::step],
            "numbers": [{"e164": side.free_number.e164, "subscriber": AORS[calls % 2]}],
        }
        for calls, step in ((1, 1), (2, -1))
    ]
    together = Barrier(3)

    def one(document: dict[str, Any]) -> Any:
        together.wait(10)
        try:
            answer = send("POST", side.reseller_token_text, "apply/", document)
            return answer.status_code, answer.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:  # one is at it, and so many may wait
        answers = list(pool.map(one, (documents * 2)[: 1 + actions.MOST_WAITING], timeout=60))
    assert [status for status, _body in answers] == [200] * 3
    # The last one stands as a whole.
    assert sorted(len(plan(side, **document)) for document in documents)[0] == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_document_at_once_is_carried_out_once() -> None:
    side = make_two_resellers().a
    document = {
        "customers": [{"name": "Fink"}],
        "domains": [{"name": "new.example.org"}],
        "domain_aliases": [{"name": "sip.new.example.org", "domain": "new.example.org"}],
        "subscribers": [{"aor": "x@new.example.org", "customer": "Fink"}],
        "credentials": [{"subscriber": "x@new.example.org", "slot": 1}],
        "dial_settings": [{"domain": "new.example.org", "number_format": "Austria"}],
        "call_settings": [{"aor": "x@new.example.org", "forwardings": {"busy": {"targets": ["alice@a.example.org"]}}}],
    }
    planned = send("POST", side.reseller_token_text, "plan/", document)
    together = Barrier(3)

    def one(_: int) -> Any:
        together.wait(10)
        try:
            headers = {"If-Match": planned.headers["ETag"]}
            answer = send("POST", side.reseller_token_text, "apply/", document, headers=headers)
            return answer.status_code, answer.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(one, range(3), timeout=60))
    assert [status for status, _body in answers] == [200] * 3
    assert sorted(len(body["changes"]) for _status, body in answers) == [0, 0, 7]
    # The password that was made is shown to the one who made it.
    assert sum("password" in change for _status, body in answers for change in body["changes"]) == 1
    assert Subscriber.objects.filter(username="x").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_plans_that_exclude_each_other_one_is_carried_out() -> None:
    side = make_two_resellers().a
    documents = [{"numbers": [{"e164": side.free_number.e164, "subscriber": aor}]} for aor in AORS[:2]]
    etags = [send("POST", side.reseller_token_text, "plan/", document).headers["ETag"] for document in documents]
    together = Barrier(2)

    def one(number: int) -> tuple[int, str]:
        together.wait(10)
        try:
            headers = {"If-Match": etags[number]}
            answer = send("POST", side.reseller_token_text, "apply/", documents[number], headers=headers)
            return answer.status_code, answer.json().get("code", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(one, range(2), timeout=60))
    assert sorted(answers) == [(200, ""), (412, "precondition_failed")]
    winner = AORS[answers.index((200, ""))]
    assert plan(side, **documents[AORS.index(winner)]) == {}


@pytest.mark.django_db(transaction=True)
def test_documents_and_single_writes_at_once_do_not_lock_each_other_out() -> None:
    side = make_two_resellers().a
    numbers = [PhoneNumberFactory(reseller=side.reseller, e164=f"+431180{n}") for n in range(8)]
    document = {
        "subscribers": [{"aor": aor, "display_name": "Changed"} for aor in AORS[:2]],
        "numbers": [{"e164": number.e164, "subscriber": AORS[0]} for number in numbers[:4]],
    }
    together = Barrier(5)

    def assign(number: PhoneNumber) -> str:
        together.wait(10)
        try:
            assign_number(number, Subscriber.objects.get(pk=side.alice.pk))
        finally:
            connection.close()
        return "assigned"

    def apply(_: None) -> str:
        together.wait(10)
        try:
            answer = send("POST", side.reseller_token_text, "apply/", document)
            return "assigned" if answer.status_code == 200 else answer.content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(assign, number) for number in numbers[4:]] + [pool.submit(apply, None)]
        assert [one.result(60) for one in waiting] == ["assigned"] * 5
    assert NumberAssignment.objects.current().filter(subscriber=side.alice).count() == 9


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    two = make_two_resellers()
    monkeypatch.setattr(actions, "WAIT", "200ms")
    document = {"customers": [{"name": "Fink"}]}

    def ask(side: Side) -> Any:
        try:
            return send("POST", side.reseller_token_text, "apply/", document)
        finally:
            connection.close()

    with transaction.atomic(), actions.in_turn(two.a.reseller), ThreadPoolExecutor(1) as pool:
        busy, other = pool.submit(ask, two.a).result(60), pool.submit(ask, two.b).result(60)
    assert (busy.status_code, busy.json()["code"], busy.headers["Retry-After"]) == (409, "busy", "5")
    assert other.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_only_a_few_requests_of_a_process_wait_for_their_turn() -> None:
    """Each of them keeps a thread of the web server, which everybody else needs too."""
    side = make_two_resellers().a
    begun = time.monotonic()

    def ask(_: int) -> Any:
        try:
            return send("POST", side.reseller_token_text, "plan/", {"customers": [{"name": "Fink"}]}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        with transaction.atomic(), actions.in_turn(side.reseller):
            asked = [pool.submit(ask, n) for n in range(6)]
            while sum(one.done() for one in asked) < 6 - actions.MOST_WAITING and time.monotonic() - begun < 12:
                time.sleep(0.05)
            told = [one.result() for one in asked if one.done()]
        assert told == [409] * (6 - actions.MOST_WAITING)
        assert sorted(one.result(30) for one in asked) == [200] * actions.MOST_WAITING + told


@pytest.mark.django_db(transaction=True)
def test_phones_register_while_a_document_is_carried_out() -> None:
    side = make_two_resellers().a
    sent = {
        "subscribers": [{"aor": side.alice.aor, "display_name": "Other"}],
        "credentials": [{"subscriber": side.alice.aor, "slot": 1, "password": "another password"}],
        "numbers": [{"e164": side.free_number.e164, "subscriber": side.alice.aor, "is_main": True}],
    }

    def register() -> int:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                BindingFactory(subscriber=side.alice)
            return Binding.objects.filter(subscriber=side.alice.pk).count()
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        outcome = actions.carry_out(read_document(sent)[0], side.reseller, side.reseller_user)
        assert len(outcome.changes) == 4
        assert pool.submit(register).result(60) == 2


def _some(items: st.SearchStrategy[dict[str, Any]], *names: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(items, max_size=5, unique_by=lambda one: tuple(one[name] for name in names))


def _item(name: str, keys: tuple[Any, ...], **members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    named = {name: st.sampled_from(keys)}
    there = st.fixed_dictionaries(named, optional=members)
    return there | st.fixed_dictionaries({**named, "state": st.just("absent")})


CUSTOMERS = _item("name", NAMES, is_active=st.booleans(), max_calls=st.sampled_from([None, 1, 2]))
SUBSCRIBERS = _item(
    "aor",
    AORS,
    customer=st.sampled_from(NAMES),
    display_name=st.sampled_from(["", "A", "B"]),
    is_active=st.booleans(),
    digest_algorithm=st.sampled_from([None, "SHA-256"]),
)
CREDENTIALS = st.tuples(
    _item(
        "subscriber",
        AORS,
        label=st.sampled_from(["", "Desk"]),
        password=st.sampled_from(["password one", "password two"]),
    ),
    st.integers(1, 2),
).map(lambda pair: {**pair[0], "slot": pair[1]})
NUMBERS = _item(
    "e164",
    E164S,
    subscriber=st.sampled_from([None, *AORS]),
    is_main=st.booleans(),
    extension_digits=st.integers(0, 1),
    note=st.sampled_from(["", "x"]),
)
DOMAINS = _item(
    "name",
    ("a.example.org", "new.example.org"),
    digest_algorithm=st.sampled_from([None, "SHA-256"]),
    strict_call_id=st.booleans(),
    is_active=st.booleans(),
)
FORWARDING = st.fixed_dictionaries(
    {},
    optional={
        "targets": st.lists(st.sampled_from(["+4311002", "bob", AORS[2], "+493012345678"]), min_size=1, max_size=2),
        "seconds": st.sampled_from([20, 30]),
        "is_active": st.booleans(),
    },
)
DOMAIN_ALIASES = _item(
    "name",
    ("sip.example.org", "b.example.org", "new.example.org"),
    domain=st.sampled_from(["a.example.org", "new.example.org"]),
)
FORMATS = st.sampled_from(["Austria", "Nothing"])
DIAL_SETTINGS = _item("domain", ("a.example.org", "new.example.org"), number_format=FORMATS) | _item(
    "subscriber", AORS, number_format=FORMATS
)
CALLER_RULE = st.fixed_dictionaries(
    {"pattern": st.sampled_from(["+43900*", "x@example.org", "+431"])},
    optional={"action": st.sampled_from(["block", "allow"]), "note": st.sampled_from(["", "x"])},
)
CALL_SETTINGS = _item(
    "aor",
    AORS,
    do_not_disturb=st.booleans(),
    international=st.booleans(),
    max_calls=st.sampled_from([None, 1]),
    forwardings=st.dictionaries(st.sampled_from(["always", "busy"]), st.none() | FORWARDING, max_size=2),
    caller_rules=_some(CALLER_RULE, "pattern"),
    shown_numbers=st.sampled_from([[], [{"e164": "+43155588"}]]),
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "customers": _some(CUSTOMERS, "name"),
        "domains": _some(DOMAINS, "name"),
        "domain_aliases": _some(DOMAIN_ALIASES, "name"),
        "subscribers": _some(SUBSCRIBERS, "aor"),
        "dial_settings": st.lists(
            DIAL_SETTINGS, max_size=3, unique_by=lambda one: (one.get("domain"), one.get("subscriber"))
        ),
        "credentials": _some(CREDENTIALS, "subscriber", "slot"),
        "numbers": _some(NUMBERS, "e164"),
        "call_settings": _some(CALL_SETTINGS, "aor"),
        "prune": st.lists(st.sampled_from(SECTIONS), max_size=1),
    },
)
ANY_VERSION = {"If-Match": "*"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(before=st.lists(DOCUMENTS, max_size=2), wanted=DOCUMENTS)
def test_a_plan_is_what_is_done(two_resellers: TwoResellers, before: list[Any], wanted: dict[str, Any]) -> None:
    side = two_resellers.a
    token = side.reseller_token_text
    with transaction.atomic():
        _prepare(side)
        for document in before:
            send("POST", token, "apply/", document, headers=ANY_VERSION)
        stood, as_rows = state(side), rows()
        planned = send("POST", token, "plan/", wanted)
        assert rows() == as_rows
        done = send("POST", token, "apply/", wanted, headers=ANY_VERSION)
        assert planned.status_code == done.status_code in (200, 400), (planned.content, done.content)
        if done.status_code == 400:
            assert planned.content == done.content
            assert rows() == as_rows
        else:
            assert told(planned) == told(done)
            assert told(send("POST", token, "plan/", wanted)) == {}
            stands = state(side)
            assert _differences(stood, stands) == _shown(told(done))
            assert _missing(stands, wanted) == []
            assert told(send("POST", token, "plan/", stands)) == {}
        transaction.set_rollback(True)


def _prepare(side: Side) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL freiton.quarantine_days = 0")
    CustomerFactory(reseller=side.reseller, name="Fink")
    SubscriberFactory(domain=side.domain, customer=side.customer, username="carl")
    NumberBlockFactory(reseller=side.reseller, first="+43155500", last="+43155599")


_NAMING: dict[str, tuple[str, ...]] = {
    "customer": ("name",),
    "domain": ("name",),
    "domain_alias": ("name",),
    "dial_settings": ("domain", "subscriber"),
    "subscriber": ("aor",),
    "credential": ("subscriber", "slot"),
    "number": ("e164",),
    "call_settings": ("aor",),
}


def _by_name(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (kind.name, "#".join(str(one[name]) for name in _NAMING[kind.name] if name in one)): one
        for kind in KINDS
        for one in document.get(kind.section, [])
    }


def _differences(old: dict[str, Any], new: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Kind, key and member of all that is not as it was."""
    was, now = _by_name(old), _by_name(new)
    return {
        (*key, member)
        for key in was | now
        for member in was.get(key, now.get(key, {}))
        if (key not in was or key not in now or was[key][member] != now[key][member]) and member not in _NAMING[key[0]]
    }


def _shown(changes: Any) -> set[tuple[str, str, str]]:
    """The same of an answer; secrets are in no state."""
    return {
        (kind, key, member)
        for (_action, kind, key), members in changes.items()
        for member in members
        if member != "secret"
    }


def _missing(stands: dict[str, Any], wanted: dict[str, Any]) -> list[Any]:
    """What a document wants, and does not stand."""
    there = _by_name(stands)
    missing: list[Any] = []
    for key, one in _by_name(wanted).items():
        found = there.get(key)
        if one.get("state") == "absent":
            missing += [key] if found and (key[0] != "number" or found["subscriber"]) else []
        else:
            if key[0] == "call_settings":  # those that are as for everybody are not written out
                found = found or {"aor": one["aor"], **DEFAULTS}
            members = {name: value for name, value in one.items() if name not in ("password", "state")}
            missing += [] if is_so(members, found) else [(key, members, found)]
    return missing
