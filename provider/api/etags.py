"""Which version of a row an answer shows (RFC 9110 §8.8.3), and whether a request is about that version (§13.1).

The tag is made of what is shown, so that it changes with whatever is seen to change, and with nothing else.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.utils.encoders import JSONEncoder


class PreconditionFailed(APIException):
    """If-Match names another version than the one that stands (412)."""

    status_code = 412
    default_code = "precondition_failed"
    default_detail = "This has changed since you read it. Read it again, and decide anew; nothing was changed."


class NoEntityTag(PreconditionFailed):
    """If-Match holds something that is no entity tag: mostly one that has lost its quotation marks (412)."""

    default_detail = (
        "If-Match holds no ETag. Send it as it was answered, with its quotation marks; nothing was changed."
    )


class PreconditionRequired(APIException):
    """A write that would be dangerous without If-Match (428, RFC 6585 §3)."""

    status_code = 428
    default_code = "precondition_required"
    default_detail = (
        "Say which version you mean: send the ETag of your last read as If-Match, or If-Match: * for whichever it is."
    )


def etag_of(representation: Any) -> str:
    """A strong entity tag of what is shown of a row."""
    text = json.dumps(representation, cls=JSONEncoder, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def demand(header: str, etag: str) -> None:
    """Raises PreconditionFailed unless If-Match names this version."""
    if '"' not in header and header.strip() != "*":
        raise NoEntityTag
    if not is_named(header, etag):
        raise PreconditionFailed


def is_named(header: str, etag: str) -> bool:
    """Whether a list of entity tags, or *, names this one. W/ before a tag is looked over, for If-Match too:
    proxies that compress answers put it there, and it is the same version still."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags
