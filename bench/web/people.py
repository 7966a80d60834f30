"""Who looks: an administrator, two resellers of different size and one who hardly calls, and three customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from itertools import count
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from accounts.actions import create_token
from accounts.choices import Role, Scope
from accounts.models import ApiToken, User
from bench.web.shape import SPARSE, Shape

PREFIX: Final = "bench-"
PAIRS: Final = ("admin", "big reseller", "sparse reseller", "big customer")
FEW: Final = ("admin", "sparse reseller", "customer")
TOKEN_REQUESTS: Final = 1_000
"""Of a token, then the next one is taken: provider.api.throttle lets a token make 1,200 in a minute."""


@dataclass
class Person:
    """Somebody who is logged in and has tokens for the API. pairs: whether two filters together are tried, too."""

    name: str
    user: User
    cookie: str
    pairs: bool
    _requests: Iterator[int] = field(default_factory=count)
    _token: str = ""

    def token(self) -> str:
        """The token for the next request."""
        if next(self._requests) % TOKEN_REQUESTS == 0:
            self._token = self._new_token()
        return self._token

    def _new_token(self) -> str:
        token, text = create_token(self.user, "bench", [Scope.READ])
        # As a token that is used all the time: its use is noted once in a minute, not by what is measured.
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now() + timedelta(days=1))
        return text


def people(shape: Shape, *, few: bool = False) -> list[Person]:
    """Everybody whose pages are measured; the users of an earlier run are used again, their tokens are not.

    few: one of each kind, who try no two filters together.
    """
    ApiToken.objects.filter(user__username__startswith=PREFIX).delete()
    big, small, sparse, old = shape.parts[0], shape.parts[2], shape.parts[-SPARSE], shape.parts[-SPARSE + 1]
    owners: dict[str, dict[str, Any]] = {
        "admin": {"role": Role.ADMIN, "is_staff": True, "is_superuser": True},
        "big reseller": {"role": Role.RESELLER, "reseller_id": big.reseller},
        "even reseller": {"role": Role.RESELLER, "reseller_id": shape.parts[1].reseller},
        "small reseller": {"role": Role.RESELLER, "reseller_id": small.reseller},
        "sparse reseller": {"role": Role.RESELLER, "reseller_id": sparse.reseller},
        "old reseller": {"role": Role.RESELLER, "reseller_id": old.reseller},
        "big customer": {"role": Role.CUSTOMER, "customer_id": big.customers.start},
        "customer": {"role": Role.CUSTOMER, "customer_id": big.customers[1]},
        "quiet customer": {"role": Role.CUSTOMER, "customer_id": big.customers[-1]},
    }
    chosen = FEW if few else tuple(owners)
    return [_person(name, owners[name], pairs=name in PAIRS and not few) for name in chosen]


def _person(name: str, fields: dict[str, Any], *, pairs: bool) -> Person:
    username = PREFIX + name.replace(" ", "-")
    user, _made = User.objects.get_or_create(username=username, defaults={"password": "!", **fields})
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return Person(name, user, f"{settings.SESSION_COOKIE_NAME}={session.session_key}", pairs)
