"""Whom the database tells of changes to numbers and to how they are written."""

from __future__ import annotations

from accounts.notify import notify_all, notify_keys

NUMBER_FORMAT = notify_all("gateway")

DIAL_SETTINGS = notify_all("domain")

PHONE_NUMBER = notify_keys("number", "SELECT e164 FROM {changed}")

NUMBER_ASSIGNMENT = [
    *notify_keys(
        "number",
        "SELECT n.e164 FROM {changed} JOIN numbering_phonenumber n ON n.id = changed.number_id",
    ),
    # The main number is a fact of the subscriber, too.
    *notify_keys(
        "subscriber",
        "SELECT s.domain_id || '/' || s.username FROM {changed} "
        "JOIN subscribers_subscriber s ON s.id = changed.subscriber_id WHERE changed.is_main",
    ),
]
