"""What is watched: other apps' tables, with the triggers that tell of them.

The models here are proxies without a use of their own, so that these triggers stand in this app and in its migrations.
"""

from __future__ import annotations

from typing import Any

import pgtrigger

from accounts.models import ApiToken, Customer, User
from calls.models import Call
from events.call_triggers import CALL
from events.number_triggers import NUMBER, NUMBER_ASSIGNMENT
from events.registration_triggers import BINDING
from events.triggers import CHANGED, changed_names, differs, tell, things
from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import (
    Binding,
    CallerRule,
    CallSettings,
    Domain,
    Forwarding,
    ShownNumber,
    SipCredential,
    Subscriber,
)

CUSTOMER = things(
    "customer",
    "r.uid, {row}.uid, NULL::uuid, 'customer', {row}.uid, {row}.name, {data} "
    "FROM {rows} LEFT JOIN accounts_reseller AS r ON r.id = {row}.reseller_id",
    "jsonb_build_object('is_active', n.is_active)",
    {"name": "name", "is_active": "is_active", "max_calls": "max_calls"},
)

USER = things(
    "user",
    "r.uid, c.uid, NULL::uuid, 'user', {row}.uid, {row}.username, {data} "
    "FROM {rows} LEFT JOIN accounts_customer AS c ON c.id = {row}.customer_id "
    "LEFT JOIN accounts_reseller AS r ON r.id = coalesce({row}.reseller_id, c.reseller_id)",
    "jsonb_build_object('role', n.role)",
    {name: name for name in ("username", "first_name", "last_name", "email", "role", "password")}
    | {"reseller_id": "reseller", "customer_id": "customer"},
)

DOMAIN = things(
    "domain",
    "r.uid, NULL::uuid, NULL::uuid, 'domain', {row}.uid, {row}.name, {data} "
    "FROM {rows} LEFT JOIN accounts_reseller AS r ON r.id = {row}.reseller_id",
    "jsonb_build_object('is_active', n.is_active)",
    {name: name for name in ("is_default", "digest_algorithm", "strict_call_id", "is_active")}
    | {"reseller_id": "reseller"},
)

SUBSCRIBER = things(
    "subscriber",
    "r.uid, c.uid, {row}.uid, 'subscriber', {row}.uid, {row}.username || '@' || coalesce(d.name, ''), {data} "
    "FROM {rows} LEFT JOIN subscribers_domain AS d ON d.id = {row}.domain_id "
    "LEFT JOIN accounts_customer AS c ON c.id = {row}.customer_id "
    "LEFT JOIN accounts_reseller AS r ON r.id = {row}.reseller_id",
    "jsonb_build_object('username', n.username, 'domain_name', d.name, 'is_active', n.is_active)",
    {name: name for name in ("username", "display_name", "is_active", "digest_algorithm")}
    | {"customer_id": "customer", "reseller_id": "reseller", "domain_id": "domain"},
)

OF_SUBSCRIBER = (
    "LEFT JOIN subscribers_subscriber AS s ON s.id = {row}.subscriber_id "
    "LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id "
    "LEFT JOIN accounts_customer AS c ON c.id = s.customer_id "
    "LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id"
)
"""The owners of what belongs to a subscriber."""


def _of_credential(kind: str, row: str, rows: str, where: str = "") -> str:
    data = f"jsonb_build_object('slot', {row}.slot, 'label', {row}.label, 'aor', s.username || '@' || d.name)"
    name = f"coalesce(nullif({row}.label, ''), '#' || {row}.slot)"
    joins = OF_SUBSCRIBER.format(row=row)
    return f"SELECT {kind}, r.uid, c.uid, s.uid, 'credential', {row}.uid, {name}, {data} FROM {rows} {joins} {where}"  # noqa: S608


CREDENTIAL = [
    tell(pgtrigger.Insert, _of_credential("'credential.added'", "n", "new_rows AS n")),
    tell(
        pgtrigger.Update,
        _of_credential(
            "CASE WHEN o.secret <> n.secret THEN 'credential.rotated' ELSE 'credential.changed' END",
            "n",
            CHANGED,
            f"WHERE {differs(['secret', 'label', 'slot'])}",
        ),
    ),
    tell(pgtrigger.Delete, _of_credential("'credential.removed'", "o", "old_rows AS o")),
]


def _settings(part: str) -> list[pgtrigger.Trigger]:
    """A part of the call settings: who has it set otherwise, once for each statement."""

    def changed(rows: str) -> str:
        return (
            "SELECT 'subscriber.settings_changed', r.uid, c.uid, s.uid, 'subscriber', s.uid, "  # noqa: S608 - constants
            f"s.username || '@' || d.name, jsonb_build_object('part', '{part}') "
            f"FROM (SELECT DISTINCT subscriber_id FROM {rows}) AS n {OF_SUBSCRIBER.format(row='n')} "
            "WHERE s.id IS NOT NULL"
        )

    moved = "(SELECT * FROM new_rows EXCEPT SELECT * FROM old_rows) AS moved"
    return [
        tell(pgtrigger.Insert, changed("new_rows"), if_any="new_rows"),
        tell(pgtrigger.Update, changed(moved), if_any=moved),
        tell(pgtrigger.Delete, changed("old_rows"), if_any="old_rows"),
    ]


def _of_token(kind: str, row: str, rows: str, data: str, where: str = "") -> str:
    return (
        f"SELECT {kind}, r.uid, c.uid, NULL::uuid, 'token', {row}.uid, {row}.name, {data} FROM {rows} "  # noqa: S608
        f"LEFT JOIN accounts_user AS u ON u.id = {row}.user_id "
        "LEFT JOIN accounts_customer AS c ON c.id = u.customer_id "
        f"LEFT JOIN accounts_reseller AS r ON r.id = coalesce(u.reseller_id, c.reseller_id) {where}"
    )


_TOKEN_MEMBERS = {name: name for name in ("name", "scopes", "expires_at")}
_REVOKED = "o.revoked_at IS NULL AND n.revoked_at IS NOT NULL"
TOKEN = [
    tell(
        pgtrigger.Insert,
        _of_token("'token.created'", "n", "new_rows AS n", "jsonb_build_object('prefix', n.prefix)"),
    ),
    tell(
        pgtrigger.Update,
        _of_token(
            f"CASE WHEN {_REVOKED} THEN 'token.revoked' ELSE 'token.changed' END",
            "n",
            CHANGED,
            f"CASE WHEN {_REVOKED} THEN jsonb_build_object('prefix', n.prefix) "
            f"ELSE jsonb_build_object('changed', {changed_names(_TOKEN_MEMBERS)}) END",
            f"WHERE {differs(_TOKEN_MEMBERS)} OR {_REVOKED}",
        ),
    ),
    tell(
        pgtrigger.Delete,
        _of_token("'token.removed'", "o", "old_rows AS o", "jsonb_build_object('prefix', o.prefix)"),
    ),
]


class WatchedCustomer(Customer):
    """Customers."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = CUSTOMER


class WatchedUser(User):
    """Users."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = USER


class WatchedToken(ApiToken):
    """API tokens."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = TOKEN


class WatchedDomain(Domain):
    """Domains."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = DOMAIN


class WatchedSubscriber(Subscriber):
    """Subscribers."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = SUBSCRIBER


class WatchedCredential(SipCredential):
    """SIP credentials."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = CREDENTIAL


class WatchedCallSettings(CallSettings):
    """What subscribers want done with their calls."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = _settings("settings")


class WatchedForwarding(Forwarding):
    """Where their calls are forwarded."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = _settings("forwarding")


class WatchedCaller(CallerRule):
    """Whom they let through."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = _settings("caller_rule")


class WatchedShownNumber(ShownNumber):
    """Which numbers they may show."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = _settings("shown_number")


class WatchedNumber(PhoneNumber):
    """Numbers."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = NUMBER


class WatchedNumberAssignment(NumberAssignment):
    """Who has them."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = NUMBER_ASSIGNMENT


class WatchedBinding(Binding):
    """Registrations."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = BINDING


class WatchedCall(Call):
    """Calls."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: list[Any] = CALL
