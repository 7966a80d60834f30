"""What became of what: the difference between two readings, told by member. Pure.

What is done is not foretold: it is done, and the state before is compared with the state after. So whatever else comes
of it is told too, such as the main number that a subscriber loses to another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.utils.crypto import salted_hmac
from rest_framework.utils.encoders import JSONEncoder

from desired.document import Document
from desired.kinds.all import KINDS
from desired.kinds.base import Found, Kind
from desired.kinds.credentials import SECRET

CREATE, CHANGE, REMOVE = "create", "change", "remove"
ACTIONS: Final = (CREATE, CHANGE, REMOVE)

Reading = Mapping[str, Mapping[str, Found]]
"""What stands: by kind and key."""


class Member(NamedTuple):
    """One member that changes. Of a secret nothing is told but that it does."""

    member: str
    before: Any
    after: Any
    is_secret: bool = False


class Change(NamedTuple):
    """One object that changes. path: what in the document brings it about."""

    action: str
    kind: str
    key: str
    path: str
    id: UUID
    members: tuple[Member, ...]


def changes_between(before: Reading, after: Reading, paths: Mapping[tuple[str, str], str]) -> list[Change]:
    """All that changed, in the order in which it is done. paths: by kind and key."""
    made = [change for kind in KINDS for change in _of_kind(kind, before, after, paths) if change.action != REMOVE]
    gone = [change for kind in KINDS for change in _of_kind(kind, before, after, paths) if change.action == REMOVE]
    return made + gone[::-1]


def _of_kind(kind: Kind, before: Reading, after: Reading, paths: Mapping[tuple[str, str], str]) -> Iterator[Change]:
    old, new = before.get(kind.name, {}), after.get(kind.name, {})
    for key in [key for name, key in paths if name == kind.name]:
        was, now = kind.told(old.get(key)), kind.told(new.get(key))
        members = tuple(_members(kind, was, now))
        if (was is None and now is None) or (was and now and not members):
            continue
        action = CREATE if was is None else REMOVE if now is None else CHANGE
        uid = next(one.uid for one in (now, was) if one)
        yield Change(action, kind.name, key, paths[kind.name, key], uid, members)


def _members(kind: Kind, was: Found | None, now: Found | None) -> Iterator[Member]:
    for name in kind.order:
        if name == SECRET:
            if (was.secret if was else None) != (now.secret if now else None):
                yield Member(name, None, None, is_secret=True)
            continue
        old, new = (one.members[name] if one else None for one in (was, now))
        if was is None or now is None or old != new:
            yield Member(name, old, new)


def fingerprint(reseller: UUID, document: Document, changes: Sequence[Change]) -> str:
    """Names what would be done: the same while it would be the same, by whatever way it came to be so.

    It holds the secrets that are wanted, and is keyed, so that nobody can try passwords on it.
    """
    secrets = {(one.kind, one.key): one.secret for one in document.wanted if one.secret}
    told = []
    for change in changes:
        secret = secrets.get((change.kind, change.key))
        stored = any(member.is_secret for member in change.members)
        wanted = [secret.password, dict(secret.ha1)] if secret and stored else None
        told.append([change.action, change.kind, change.key, change.members, wanted])
    text = json.dumps([str(reseller), told], cls=JSONEncoder, sort_keys=True)
    return salted_hmac("desired.fingerprint", text, algorithm="sha256").hexdigest()[:32]
