"""What people do to calls that stand: end them."""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from accounts.choices import Role
from calls.choices import EndedBy, State
from calls.models import Call

log = logging.getLogger(__name__)

MOST_FORWARDINGS = 20


HANG_UP: Final = {Role.ADMIN: "hangup", Role.RESELLER: "hangup_by_reseller"}
"""What the edge is told, by the role of who asks; it writes that down as `ended_by`."""


def hang_up(call: Call, by: str, role: Role = Role.ADMIN) -> Call:
    """Ask the edge that has the call to end it, for both sides; return the call that is asked for.

    A forwarding has no dialog of its own: the call that was forwarded ends, and takes it along. by: who asks, for the
    log. role: of who asks, for the record. Nothing says yet that the edge did it: its record then has an end.
    """
    whole = _whole(call)
    with connection.cursor() as cursor:
        cursor.execute("SELECT edge_notify(%s, ARRAY[%s])", [HANG_UP[role], str(whole.pk)])
    log.info("%s asked edge %s to end call %s", by, whole.edge, whole.pk)
    return whole


def mark_ended(call: Call, by: str) -> bool:
    """End the record of a call whose edge does not answer, and of its forwardings; whether it stood until now.

    The phones hear nothing of it: if they still talk, they go on.
    """
    whole = _whole(call)
    changed = (
        Call.objects.open()
        .filter(Q(pk=whole.pk) | Q(parent_id=whole.pk))
        .update(state=State.ENDED, ended_at=Now(), ended_by=EndedBy.ADMIN, reason="marked as ended")
    )
    if changed:
        log.info("%s marked call %s as ended; its edge %s did not answer", by, whole.pk, whole.edge)
    return changed > 0


def _whole(call: Call) -> Call:
    seen: set[UUID] = {call.pk}
    while call.parent_id is not None and len(seen) < MOST_FORWARDINGS:
        parent = Call.objects.filter(pk=call.parent_id).first()
        if parent is None or parent.pk in seen:
            break
        seen.add(parent.pk)
        call = parent
    return call
