"""What comes back by itself for accounts."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.actions import create_token
from accounts.models import ApiToken, IdempotentAnswer
from accounts.tasks import SCHEDULE, forget_answers, forget_tokens
from tests.factories.two_resellers import TwoResellers


def test_answers_are_forgotten_after_a_day(two_resellers: TwoResellers) -> None:
    for key, hours in (("new", 23), ("old", 25)):
        row = IdempotentAnswer.objects.create(token=two_resellers.a.reseller_token, key=key)
        IdempotentAnswer.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=hours))
    assert forget_answers() == 1
    assert IdempotentAnswer.objects.get().key == "new"


def test_tokens_are_forgotten_a_year_after_their_end(two_resellers: TwoResellers, settings: Any) -> None:
    user, now = two_resellers.a.reseller_user, timezone.now()
    old, late = now - timedelta(days=366), now - timedelta(days=364)
    ends = {
        "revoked long ago": (old, None),
        "expired long ago": (None, old),
        "revoked long ago, to expire later": (old, now + timedelta(days=9)),
        "expired long ago, revoked after it": (late, old),
        "revoked": (late, None),
        "expired": (None, late),
        "good for ever": (None, None),
        "good for long": (None, now + timedelta(days=9)),
    }
    for name, (revoked_at, expires_at) in ends.items():
        token, _text = create_token(user, name, ["read"])
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=revoked_at, expires_at=expires_at, created_at=old)
        IdempotentAnswer.objects.create(token=token, key="k")
    settings.TOKEN_RETENTION_DAYS = 0
    assert forget_tokens() == 0
    settings.TOKEN_RETENTION_DAYS = 365
    assert (forget_tokens(), forget_tokens()) == (4, 0)
    assert set(ApiToken.objects.filter(name__in=ends).values_list("name", flat=True)) == set(list(ends)[4:])


def test_they_come_back() -> None:
    assert set(SCHEDULE) == {forget_answers.name, forget_tokens.name}
