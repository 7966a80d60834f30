"""Whatever is sent, the API answers as its OpenAPI document says. `make fuzz-api COUNT=5000` asks for longer."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.openapi.conftest import Live
from tests.openapi.fuzzing import Run, fuzz

# Cases of the long run, over all roles; without it the short one is made.
COUNT = int(os.environ.get("FUZZ_API", "0"))
SEED = int(os.environ.get("FUZZ_API_SEED", "1"))
ROLES = pytest.mark.parametrize("role", ["admin", "reseller", "customer"])
# Who ends the token that the run asks with is answered 401 from then on: these have a run of their own.
ENDING = ("delete_token", "bulk_write_tokens", "delete_user", "bulk_write_users")
WITHOUT_ENDING = [word for name in ENDING for word in ("--exclude-operation-id", name)]
ENDING_ALONE = [word for name in ENDING for word in ("--include-operation-id", name)]


@pytest.mark.skipif(bool(COUNT), reason="the long run does more")
@ROLES
def test_answers_are_as_promised(live: Live, tmp_path: Path, role: str) -> None:
    options = ["--phases", "examples,fuzzing", "-n", "2", "--seed", str(SEED), "--no-shrink", *WITHOUT_ENDING]
    run = fuzz(live.url, live.token_of(role), tmp_path, *options)
    assert run.is_well, run.said
    assert run.cases > 100
    assert _opens(live, role)


@pytest.mark.skipif(not COUNT, reason="takes minutes: make fuzz-api")
@ROLES
def test_answers_are_as_promised_for_long(live: Live, tmp_path: Path, role: str) -> None:
    # "coverage" makes a hundred cases of each operation; what they are does not depend on who asks.
    done, seed, phases = 0, SEED, "examples,coverage,stateful" if role == "reseller" else "fuzzing,stateful"
    while done < COUNT / 3:
        run = fuzz(
            live.url, live.token_of(role), tmp_path,
            "--phases", phases, "-n", "20", "--seed", str(seed), "--continue-on-failure", *WITHOUT_ENDING,
        )  # fmt: skip
        _say(run, role, seed)
        assert run.is_well, run.said
        assert run.cases > 100
        assert _opens(live, role)
        done, seed, phases = done + run.cases, seed + 1, "fuzzing,stateful"


@ROLES
def test_what_ends_tokens_is_as_promised(live: Live, tmp_path: Path, role: str) -> None:
    run = fuzz(
        live.url,
        live.token_of(role),
        tmp_path,
        "--phases",
        "examples,fuzzing",
        "-n",
        "5",
        "--seed",
        str(SEED),
        *ENDING_ALONE,
    )
    assert run.is_well, run.said
    assert run.cases > 5


def test_broken_promises_are_found(live: Live, tmp_path: Path, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.openapi.broken_urls"
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    run = fuzz(
        live.url, live.who.a.reseller_token_text, tmp_path,
        "--phases", "coverage,fuzzing", "-n", "20", "--seed", "1", "--include-operation-id", "broken",
        "--continue-on-failure",
    )  # fmt: skip
    assert not run.is_well
    for found in ("Server error", "Undocumented status code", "Response violates schema"):
        assert found in run.said, run.said


def _opens(live: Live, role: str) -> bool:
    """Whether the token still opens the API: a run that is only answered 401 has proved nothing."""
    headers = {"Authorization": f"Bearer {live.token_of(role)}"}
    return httpx.get(f"{live.url}/api/v1/customers/?page_size=1", headers=headers).status_code == 200


def _say(run: Run, role: str, seed: int) -> None:
    how = "all well" if run.is_well else f"NOT WELL\n{run.said}"  # at once: the other roles take minutes more
    print(f"{role}, seed {seed}: {run.cases} cases, {how}", flush=True)  # noqa: T201
