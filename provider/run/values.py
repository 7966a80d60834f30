"""How the value of each variable is read.

Each function takes the text and returns the value; it raises ValueError with the second half of a sentence
("… is not a web address") when the text cannot be used.
"""

import base64
import binascii
import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from provider.run.address import Address, parse_address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

METRICS_PORT_OFFSET = 4404
DATABASE_SCHEMES = {"postgres", "postgresql", "psql", "pgsql"}
REDIS_SCHEMES = {"redis", "rediss", "unix"}
EMAIL_SCHEMES = {
    "smtp",
    "smtps",
    "smtp+tls",
    "smtp+ssl",
    "consolemail",
    "filemail",
    "memorymail",
    "dummymail",
}
SHORTEST_SECRET = 32


def _split(text: str, what: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        raise ValueError(f"is not {what}") from None
    return parts


def database_url(text: str) -> str:
    """A PostgreSQL URL with a database name, or "" for the embedded one."""
    if not text:
        return ""
    parts = _split(text, "a PostgreSQL URL")
    if parts.scheme not in DATABASE_SCHEMES or not parts.path.strip("/"):
        raise ValueError("is not a PostgreSQL URL of the form postgresql://user:password@host:5432/name")
    return text


def redis_url(text: str) -> str:
    """A Redis URL, or "" for the embedded Valkey."""
    if text and _split(text, "a Redis URL").scheme not in REDIS_SCHEMES:
        raise ValueError("is not a Redis URL of the form redis://:password@host:6379/0")
    return text


def metrics_default(sip_bind: Address) -> str:
    """The contract's address for the edge's metrics; 65535 where that is too high."""
    return str(sip_bind.with_port(min(sip_bind.port + METRICS_PORT_OFFSET, 65535)))


def first_address(text: str) -> Address:
    """The first of a list of addresses, separated by commas."""
    first, *_ = [parse_address(item) for item in text.strip(", ").split(",")]
    return first


def public_url(text: str) -> str:
    """An http or https URL without path and without a slash at its end."""
    parts = _split(text, "a web address")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not a web address of the form https://voice.example.org")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("may not hold a path, a query or a login, only scheme, host and port")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and CIDR networks, separated by commas or spaces."""
    found = []
    for item in re.split(r"[,\s]+", text.strip()):
        if not item:
            continue
        try:
            found.append(ipaddress.ip_network(item, strict=False))
        except ValueError:
            raise ValueError(f"holds {item!r}, which is neither an IP address nor a network") from None
    return tuple(found)


def edge_name(text: str) -> str:
    """A name of letters, digits, dots, dashes and underscores, at most 64."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", text):
        raise ValueError("may hold letters, digits, dots, dashes and underscores only, and 64 of them at most")
    return text


def months(text: str) -> int:
    """A number of months, 0 to 1200."""
    if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > 1200:
        raise ValueError("is not a number of months from 0 to 1200")
    return int(text)


def days(text: str) -> int:
    """A number of days, up to ten years."""
    if not (text.isascii() and text.isdigit() and int(text) <= 3650):
        raise ValueError("is not a number of days from 0 to 3650")
    return int(text)


def event_days(text: str) -> int:
    """For how many days events are kept: as long as webhooks are tried again, and up to ten years."""
    if not (text.isascii() and text.isdigit() and 4 <= int(text) <= 3650):
        raise ValueError("is not a number of days from 4 to 3650")
    return int(text)


def email_url(text: str) -> str:
    """One of the schemes of django-environ."""
    if _split(text, "a mail URL").scheme not in EMAIL_SCHEMES:
        raise ValueError("is not a mail URL of the form smtp+tls://user:password@host:587")
    return text


def switch(text: str) -> bool:
    """1 or 0, and the usual words for them."""
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if text.lower() not in known:
        raise ValueError("must be 1 or 0")
    return known[text.lower()]


def secret_key(text: str) -> str:
    """Django's key, or "" when none is made yet."""
    if text and (len(text) < SHORTEST_SECRET or len(set(text)) < 5):
        raise ValueError(f"is too short: it needs at least {SHORTEST_SECRET} random characters")
    return text


def fernet_keys(text: str) -> tuple[str, ...]:
    """Fernet keys, newest first, separated by commas or spaces; none when none is made yet."""
    keys = tuple(item for item in re.split(r"[,\s]+", text) if item)
    for key in keys:
        try:
            raw = base64.urlsafe_b64decode(key)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != 32:
            raise ValueError("holds something that is not a Fernet key (32 bytes as URL-safe base64)")
    return keys
