"""Examples for the OpenAPI document (provider/api/openapi/examples.py): by component."""

from __future__ import annotations

from typing import Any, Final

WANTED: Final[dict[str, Any]] = {
    "customers": [{"name": "Fink & Sons", "max_calls": 4}],
    "domain_aliases": [{"name": "sip.example.org", "domain": "voice.example.org"}],
    "subscribers": [
        {"aor": "anna@voice.example.org", "customer": "Fink & Sons", "display_name": "Anna Fink"},
        {"aor": "old-fax@voice.example.org", "state": "absent"},
    ],
    "credentials": [{"subscriber": "anna@voice.example.org", "slot": 1, "label": "Desk", "password": "what-it-has"}],
    "numbers": [{"e164": "+43155501", "subscriber": "anna@voice.example.org", "is_main": True}],
    "dial_settings": [{"domain": "voice.example.org", "number_format": "Austria"}],
    "call_settings": [
        {"aor": "anna@voice.example.org", "forwardings": {"no_answer": {"targets": ["+43155502"], "seconds": 25}}}
    ],
}
_CHANGE: Final[dict[str, Any]] = {
    "action": "change",
    "kind": "number",
    "key": "+43155501",
    "path": "/numbers/0",
    "id": "6f1c2f0e-8d5a-4d53-9a43-1a1de7f2f6a4",
    "members": [
        {"member": "subscriber", "before": None, "after": "anna@voice.example.org", "is_secret": False},
        {"member": "is_main", "before": False, "after": True, "is_secret": False},
    ],
}
PLANNED: Final[dict[str, Any]] = {
    "fingerprint": "0b7c6d1f5a2e4c3b9f8a7d6e5c4b3a21",
    "summary": {"create": 0, "change": 1, "remove": 0, "unchanged": 7},
    "changes": [_CHANGE],
}
STATE: Final[dict[str, Any]] = {
    "next": None,
    "document": {
        "reseller": "Example Voice",
        "customers": [{"name": "Fink & Sons", "is_active": True, "max_calls": 4}],
        "subscribers": [
            {
                "aor": "anna@voice.example.org",
                "customer": "Fink & Sons",
                "display_name": "Anna Fink",
                "is_active": True,
                "digest_algorithm": None,
            }
        ],
        "credentials": [{"subscriber": "anna@voice.example.org", "slot": 1, "label": "Desk"}],
        "numbers": [
            {
                "e164": "+43155501",
                "subscriber": "anna@voice.example.org",
                "is_main": True,
                "extension_digits": 0,
                "note": "",
            }
        ],
        "dial_settings": [{"domain": "voice.example.org", "number_format": "Austria"}],
        "call_settings": [
            {
                "aor": "anna@voice.example.org",
                "do_not_disturb": False,
                "hides_number": False,
                "rejects_anonymous": False,
                "only_allowed_callers": False,
                "forwardings": {"no_answer": {"targets": ["+43155502"], "seconds": 25, "is_active": True}},
                "caller_rules": [{"pattern": "+43900*", "action": "block", "note": ""}],
                "international": True,
                "premium": False,
                "satellite": False,
                "max_calls": None,
                "called_number_in": "contact",
                "location": "",
                "shown_numbers": [],
            }
        ],
    },
}

PARTS: Final[dict[str, Any]] = {
    "DocumentRequest": WANTED,
    "Plan": PLANNED,
    "Applied": PLANNED,
    "State": STATE,
}
