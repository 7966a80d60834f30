"""Writes that may be sent again: what was sent once with an Idempotency-Key is done once, and answered the same again.

After draft-ietf-httpapi-idempotency-key-header-06. The key is the token's own; the row is written in the transaction of
the write itself, so that a second request that comes at once waits for the first, and takes over when that failed.
What was refused is forgotten: it may be sent again under the same key when the reason is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.utils.crypto import salted_hmac
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

from accounts.models import ApiToken, IdempotentAnswer
from accounts.sealing import seal, unseal

HEADER: Final = "Idempotency-Key"
MAX_LENGTH: Final = 255


class KeyReused(APIException):
    """The key was used for another request (422)."""

    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was used for another request. Take a new key for each thing to be done."


@dataclass(frozen=True, slots=True)
class Known:
    """What was answered before."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Memory:
    """What is remembered of one request under its key."""

    methods: ClassVar[frozenset[str]] = frozenset({"POST"})

    def __init__(self, token: ApiToken, key: str, fingerprint: str) -> None:
        self._token, self._key, self._fingerprint = token, key, fingerprint
        self._row: IdempotentAnswer | None = None

    @classmethod
    def of(cls, request: Request) -> Memory | None:
        """None for requests without the header, and of methods that can be sent again as they are. Raises
        ValidationError for a key that is none."""
        key = request.headers.get(HEADER)
        if key is None or request.method not in cls.methods:
            return None
        if not key.isascii() or not key.isprintable() or not 1 <= len(key) <= MAX_LENGTH:
            message = f"An Idempotency-Key has 1 to {MAX_LENGTH} printable ASCII characters, such as a UUID."
            raise ValidationError(message, "invalid_idempotency_key")
        token: Any = request.auth
        return cls(token, key, _fingerprint(request))

    def recall(self) -> Known | None:
        """The answer that was given before; None for the first time. Waits for another request with the same key.

        Raises KeyReused.
        """
        own = {"token": self._token, "key": self._key}
        row = IdempotentAnswer(**own, fingerprint=self._fingerprint)
        IdempotentAnswer.objects.bulk_create([row], ignore_conflicts=True)
        self._row = IdempotentAnswer.objects.get(**own)
        if self._row.fingerprint != self._fingerprint:
            raise KeyReused
        return Known(**json.loads(unseal(self._row.sealed_answer))) if self._row.sealed_answer else None

    def keep(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        """Remember the answer; after `recall` has found none."""
        assert self._row is not None, "keep() comes after recall()"  # noqa: S101
        answer = {"status": status, "body": body, "headers": dict(headers)}
        self._row.sealed_answer = seal(json.dumps(answer, cls=JSONEncoder))
        self._row.save(update_fields=["sealed_answer"])


def _fingerprint(request: Request) -> str:
    """Of all that says what is to be done; a file has one of its own. Passwords are among it, so it is keyed: who has
    the database alone cannot try any on it."""
    told = [request.method, request.get_full_path(), request.data]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), default=lambda file: file.fingerprint)
    return salted_hmac("provider.idempotency", text, algorithm="sha256").hexdigest()
