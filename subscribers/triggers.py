"""What the database itself keeps true about domains, and whom it tells of changes to subscribers."""

from __future__ import annotations

import pgtrigger

from accounts.notify import UNLESS_EDGE, notify_all, notify_all_when_changed, notify_keys

_REFUSE = "RAISE EXCEPTION '{why}' USING ERRCODE = 'check_violation';"

DOMAIN = [
    # Names and aliases live in one table, so that no alias can be another domain's name.
    pgtrigger.Trigger(
        name="insert_primary_name",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        func="INSERT INTO subscribers_domainname (name, domain_id, is_primary) "
        "VALUES (NEW.name, NEW.id, true); RETURN NULL;",
    ),
    # The name is the realm in every stored HA1.
    pgtrigger.Trigger(
        name="refuse_another_name",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__name__df=pgtrigger.F("new__name")),
        func=_REFUSE.format(why="A domain cannot be renamed"),
    ),
    *notify_all("domain"),
    *notify_all_when_changed("subscriber", ["is_active", "reseller_id"]),
]

DOMAIN_NAME = [
    pgtrigger.Trigger(
        name="refuse_another_primary",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__is_primary=True) | pgtrigger.Q(new__is_primary=True),
        func=_REFUSE.format(why="The primary name of a domain cannot be changed"),
    ),
    # At the end of the transaction, since whoever removes a domain removes its names first.
    pgtrigger.Trigger(
        name="refuse_loss_of_primary",
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Q(old__is_primary=True),
        func="IF EXISTS (SELECT FROM subscribers_domain WHERE id = OLD.domain_id) THEN "
        + _REFUSE.format(why="The primary name of a domain cannot be removed")
        + " END IF; RETURN NULL;",
    ),
    *notify_all("domain"),
]

SUBSCRIBER = [
    *notify_keys("subscriber", "SELECT domain_id || '/' || username FROM {changed}"),
    # A number's facts name the subscriber that has it.
    *notify_all_when_changed("number", ["username", "domain_id"]),
]

_OF_SUBSCRIBER = notify_keys(
    "subscriber",
    "SELECT s.domain_id || '/' || s.username FROM {changed} "
    "JOIN subscribers_subscriber s ON s.id = changed.subscriber_id",
)

SIP_CREDENTIAL = _OF_SUBSCRIBER
CALL_SETTINGS = _OF_SUBSCRIBER

MAX_CALLER_RULES = 200
MAX_SHOWN_NUMBERS = 50


def _with_call_settings(most: int | None = None) -> list[pgtrigger.Trigger]:
    """Whose rows these are has a row of CallSettings: the edge's view looks no further where there is none.

    most: rows of a subscriber; who adds some at the same time waits at that row, so that none is counted too late.
    """
    arguments = ", ".join(
        ["TG_TABLE_NAME", "ARRAY(SELECT DISTINCT subscriber_id FROM new_rows)", *([str(most)] if most else [])]
    )
    return [
        pgtrigger.Trigger(
            name=f"with_call_settings_{str(operation).lower()}",
            when=pgtrigger.After,
            operation=operation,
            level=pgtrigger.Statement,
            referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
            func=f"PERFORM subscribers_with_call_settings({arguments}); RETURN NULL;",
        )
        for operation in (pgtrigger.Insert, pgtrigger.Update)
    ]


FORWARDING = [*_with_call_settings(), *_OF_SUBSCRIBER]
CALLER_RULE = [*_with_call_settings(MAX_CALLER_RULES), *_OF_SUBSCRIBER]
SHOWN_NUMBER = [*_with_call_settings(MAX_SHOWN_NUMBERS), *_OF_SUBSCRIBER]

BINDING = notify_keys("binding", "SELECT subscriber_id::text FROM {changed}", condition=UNLESS_EDGE)
