"""How tests plan and apply documents, and read what stands."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection
from django.http import HttpResponse

from accounts.models import ApiToken, IdempotentAnswer
from tests.factories.two_resellers import Side
from tests.provider.api.asking import ask, send

Changes = dict[tuple[str, str, str], dict[str, tuple[Any, Any]]]


def told(answer: HttpResponse) -> Changes:
    """The changes of an answer that must be given: (action, kind, key) → member → (before, after)."""
    assert answer.status_code == 200, answer.content
    return {
        (change["action"], change["kind"], change["key"]): {
            one["member"]: (one["before"], one["after"]) for one in change["members"]
        }
        for change in answer.json()["changes"]
    }


def plan(side: Side, **sections: Any) -> Changes:
    """What a document of the side's reseller would change."""
    return told(send("POST", side.reseller_token_text, "plan/", sections))


def apply(side: Side, **sections: Any) -> Changes:
    """What it changed."""
    return told(send("POST", side.reseller_token_text, "apply/", sections))


def faults(side: Side, **sections: Any) -> dict[str, str]:
    """Path → code of what is wrong with a document, the same for both; and nothing was changed."""
    before = rows()
    refused = [send("POST", side.reseller_token_text, path, sections, headers={"If-Match": "*"}) for path in PATHS]
    assert [one.status_code for one in refused] == [400, 400], refused[0].content
    assert refused[0].content == refused[1].content
    assert rows() == before
    return {error["field"]: error["code"] for error in refused[0].json()["errors"]}


PATHS = ("plan/", "apply/")


def state(side: Side, **parameters: Any) -> dict[str, Any]:
    """What stands, as a document."""
    answer = ask(side.reseller_token_text, "state/", **parameters)
    assert answer.status_code == 200, answer.content
    assert answer.json()["next"] is None
    document: dict[str, Any] = answer.json()["document"]
    return document


def rows() -> dict[str, str | None]:
    """What stands in our tables, and where each row lies: whatever is written, be it the same, lies elsewhere."""
    ours = [model for model in apps.get_models() if not model._meta.app_config.name.startswith("django")]
    tables = {model._meta.db_table for model in ours} - {model._meta.db_table for model in (ApiToken, IdempotentAnswer)}
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT md5(string_agg(t::text || t.ctid::text, '' ORDER BY t.ctid)) FROM {name} t")  # noqa: S608
            found[table] = cursor.fetchone()[0]
    return found


def is_so(wanted: Any, found: Any) -> bool:
    """Whether all that is said stands: lists in any order of their rows, targets by address or by user name."""
    if isinstance(wanted, dict) and found is not None:
        return all(is_so(value, found.get(name)) for name, value in wanted.items())
    if isinstance(wanted, list):
        if any(isinstance(one, dict) for one in wanted):
            wanted = sorted(wanted, key=lambda one: str(one.get("pattern")))
        return len(wanted) == len(found) and all(map(is_so, wanted, found))
    address = found.removeprefix("sip:") if isinstance(found, str) else None
    return wanted == found or (address is not None and wanted == address.partition("@")[0])
