"""Words and formats of members that mean the same wherever they stand, where a serializer does not say its own."""

from __future__ import annotations

from typing import Any, Final

from provider.api.openapi.operations import Operation

E164: Final = r"^\+[1-9][0-9]{1,14}$"
WORDS: Final = {
    "id": "Its id: a UUID that stays.",
    "created_at": "When it was made.",
    "updated_at": "When it was last changed.",
    "reseller": "The id of the reseller whose it is.",
    "customer": "The id of the customer whose it is.",
    "subscriber": "The id of the subscriber.",
    "domain": "The id of the domain.",
    "name": "Its name.",
    "label": "What you call it.",
    "first_name": "A person's first name.",
    "last_name": "A person's last name.",
    "note": "What you want to remember of it.",
    "is_active": "Whether it is in use; if not, it is suspended.",
    "next": "The address of the next page; null on the last one.",
    "previous": "The address of the page before; null on the first one.",
    "results": "The rows of this page.",
    "etag": "Names the version that stands then.",
    "refused": "How many rows were refused.",
    "answered_at": "When it was answered; null where it was not, or not yet.",
    "assignment": "Who has it now; null while nobody has.",
    "billable_seconds": "For how long it was answered.",
    "caller": "As the caller's phone wrote it.",
    "country_code": "What stands behind the plus of its country's numbers, such as 43.",
    "international_prefix": "What is dialled before a country code, such as 00.",
    "national_prefix": "What is dialled before an area code, such as 0; empty where nothing is.",
    "contact": "The SIP URI at which the phone says it is reached.",
    "digest_algorithm": "What its phones are challenged with.",
    "direction": "Seen from this platform.",
    "display_name": "The name that is shown beside the number.",
    "domain_name": "What stands behind the @.",
    "ended_at": "When it ended; null while it stands.",
    "ended_by": "Who ended it.",
    "expires_at": "When it ends, unless the phone refreshes it before.",
    "method": "Of the request that the call begins with.",
    "names": "Its name and its aliases.",
    "path": "The proxies on the way to it (RFC 3327), empty where there are none.",
    "reason": "What stood beside the SIP status.",
    "received_from": "Where its registration came from: transport, address and port, as udp:203.0.113.5:5062.",
    "reg_id": "Which of the phone's flows it is (RFC 5626).",
    "ringing_at": "When it began to ring; null where it did not.",
    "last_used_from": "The address that it was last used from; null where it never was.",
    "revoked_at": "When it was revoked; null where it was not.",
    "rotated_at": "When its password was last replaced; null where it never was.",
    "slot": "Its place among the subscriber's credentials.",
    "started_at": "When it began.",
    "started_after": "Those that began then or later.",
    "started_before": "Those that began earlier.",
    "state": "What it is now.",
    "transport": "What it is reached over.",
    "user_agent": "What the phone calls itself.",
    "username": "The name to log in or register with.",
    "valid_from": "When it began to hold.",
    "valid_until": "Until when it holds; null without an end.",
    "rows": "One for each row, in their order.",
}
ANSWERS: Final = {"200": "As it stands.", "201": "It was made.", "204": "It is gone."}
PATTERNS: Final = {"e164": E164}


def add(result: dict[str, Any], operations: list[Operation]) -> None:
    """Describe the members of all components, the ids in addresses, and plain answers."""
    for schema in result["components"]["schemas"].values():
        for name, member in schema.get("properties", {}).items():
            _describe(name, member)
    for operation in operations:
        for parameter in operation.told.get("parameters", []):
            if not parameter.get("description"):
                known = "The id of the row." if parameter["in"] == "path" else WORDS.get(parameter["name"])
                parameter.update({"description": known} if known else {})
        for status, response in operation.responses.items():
            if "$ref" not in response and not response.get("description"):
                response["description"] = ANSWERS.get(status, ANSWERS["200"])


def _describe(name: str, member: dict[str, Any]) -> None:
    title = member.pop("title", "")  # the panel's label: a name for people, which says more than none
    words = WORDS.get(name) or (f"{title}." if title else "")
    if words and not member.get("description"):
        member["description"] = words
    if any(one.get("maxLength") == 0 for one in member.get("oneOf", [])):
        member["anyOf"] = member.pop("oneOf")  # an empty text may be what the other one allows as well
    if name in PATTERNS and member.get("type") == "string":
        member.setdefault("pattern", PATTERNS[name])
