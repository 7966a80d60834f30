"""The kinds of problems: one for each status, under an address that stays."""

import re

from django.test import Client

from provider.api.problem_types import PROBLEM_TYPES, problem_type


def test_there_is_one_for_each_status() -> None:
    for members in ([kind.status for kind in PROBLEM_TYPES], [kind.name for kind in PROBLEM_TYPES]):
        assert len(members) == len(set(members))
    assert [problem_type(status).name for status in (404, 418, 502)] == ["not-found", "not-accepted", "our-fault"]


def test_the_names_stay() -> None:
    """Clients compare them: a name may be added, and none is changed or taken away."""
    assert {
        "not-accepted", "not-authenticated", "not-allowed", "not-found", "method-not-allowed", "not-acceptable",
        "conflict", "changed-meanwhile", "too-large", "unsupported-media-type", "not-carried-out", "version-required",
        "too-many-requests", "our-fault", "unavailable",
    } <= {kind.name for kind in PROBLEM_TYPES}  # fmt: skip


def test_each_is_explained_where_its_address_leads() -> None:
    page = Client().get("/api/problems/").content.decode()
    for kind in PROBLEM_TYPES:
        assert f'id="{kind.address.partition("#")[2]}"' in page
        assert kind.title in page
    assert "<code>If-Match</code>" in page
    assert "`" not in page
    assert not re.search(r"<(script|style)", page)
