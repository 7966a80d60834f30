"""What comes back by itself for accounts."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import IdempotentAnswer
from accounts.tasks import SCHEDULE, forget_answers
from tests.factories.two_resellers import TwoResellers


def test_answers_are_forgotten_after_a_day(two_resellers: TwoResellers) -> None:
    for key, hours in (("new", 23), ("old", 25)):
        row = IdempotentAnswer.objects.create(token=two_resellers.a.reseller_token, key=key)
        IdempotentAnswer.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=hours))
    assert forget_answers() == 1
    assert IdempotentAnswer.objects.get().key == "new"


def test_it_comes_back() -> None:
    assert set(SCHEDULE) == {forget_answers.name}
