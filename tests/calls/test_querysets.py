"""Who sees which calls."""

from calls.models import Call
from tests.factories.calls import CallFactory, call_between
from tests.factories.two_resellers import TwoResellers


def test_both_sides_of_a_call_between_resellers_see_it(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    across = call_between(a.alice, b.bob)
    for user in (a.reseller_user, b.reseller_user, a.customer_user, b.customer_user):
        assert across in Call.objects.visible_to(user)


def test_a_call_within_a_reseller_is_seen_once_and_by_it_alone(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    assert set(Call.objects.visible_to(a.reseller_user)) == {a.call, a.ended_call}
    assert Call.objects.visible_to(a.reseller_user).count() == 2
    assert set(Call.objects.visible_to(b.customer_user)) == {b.call, b.ended_call}


def test_open_calls_are_those_that_have_not_ended(db: None) -> None:
    standing, _ = CallFactory(), CallFactory(ended=True)
    assert list(Call.objects.open()) == [standing]
