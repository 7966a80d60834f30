"""How calls are written: of a call between two resellers each sees its own side's account alone."""

from datetime import timedelta

from calls.choices import EndedBy, State
from calls.models import Call
from sipedge.proxy.identity import ANONYMOUS
from tests.factories.calls import call_between
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask


def test_each_side_sees_its_own_account(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    call = call_between(a.alice, b.alice)
    of_a = ask(a.reseller_token_text, f"calls/{call.pk}/").json()
    of_b = ask(b.reseller_token_text, f"calls/{call.pk}/").json()
    of_admin = ask(two_resellers.admin_token_text, f"calls/{call.pk}/").json()
    assert (of_a["caller_subscriber"], of_a["callee_subscriber"]) == (str(a.alice.uid), None)
    assert (of_b["caller_subscriber"], of_b["callee_subscriber"]) == (None, str(b.alice.uid))
    assert (of_admin["caller_subscriber"], of_admin["callee_subscriber"]) == (str(a.alice.uid), str(b.alice.uid))


def test_an_anonymous_callers_number_is_the_networks_to_know(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    call = call_between(a.alice, b.alice, caller_number="+4311001")
    Call.objects.filter(pk=call.pk).update(caller=ANONYMOUS)
    for token, seen in (
        (b.customer_token_text, ""),
        (a.customer_token_text, "+4311001"),
        (b.reseller_token_text, "+4311001"),
        (two_resellers.admin_token_text, "+4311001"),
    ):
        assert ask(token, f"calls/{call.pk}/").json()["caller_number"] == seen
        found = [row["id"] for row in ask(token, "calls/", number="+4311001").json()["results"]]
        assert (str(call.pk) in found) is bool(seen)


def test_times_and_outcome(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    begin = side.call.started_at
    call = call_between(
        side.alice,
        side.bob,
        state=State.ENDED,
        started_at=begin,
        ringing_at=begin + timedelta(seconds=1.5),
        answered_at=begin + timedelta(seconds=4),
        ended_at=begin + timedelta(seconds=64),
        status_code=200,
        ended_by=EndedBy.CALLEE,
    )
    row = ask(side.reseller_token_text, f"calls/{call.pk}/").json()
    assert (row["post_dial_delay"], row["billable_seconds"], row["outcome"]) == (1.5, 60.0, "answered")
    assert row["started_at"].endswith("Z")


def test_a_subscriber_that_is_gone_leaves_the_call(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    side.alice_assignment.delete()
    side.alice.delete()
    row = ask(side.reseller_token_text, f"calls/{side.call.pk}/").json()
    assert (row["caller_subscriber"], row["caller"]) == (None, "sip:alice@a.example.org")
