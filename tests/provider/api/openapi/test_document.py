"""The OpenAPI document is valid, says what the API does, and is served fast and the same by each process."""

import os
import subprocess
import sys
import time
from typing import Any

from django.core.management import call_command
from django.test import Client

from provider.api.openapi.document import served
from provider.api.router import router
from provider.api.writing import Bulk
from provider.run.environment import ROOT


def test_it_is_valid_and_drawn_up_without_warnings(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_every_collection_stands_in_it(drawn: dict[str, Any]) -> None:
    wanted = {f"/api/v1/{prefix}/" for prefix, view, _ in router.registry if hasattr(view, "list")}
    wanted |= {f"/api/v1/{prefix}/bulk/" for prefix, view, _ in router.registry if issubclass(view, Bulk)}
    assert len(wanted) >= 10
    assert wanted <= set(drawn["paths"])


def test_every_action_of_a_collection_stands_in_it(drawn: dict[str, Any]) -> None:
    for prefix, view, _ in router.registry:
        for extra in view.get_extra_actions():
            where = f"/api/v1/{prefix}/{'{id}/' if extra.detail else ''}{extra.url_path}/"
            assert set(extra.mapping) <= set(drawn["paths"][where]), where


def test_what_a_list_takes_is_what_it_declares(drawn: dict[str, Any]) -> None:
    for prefix, view, _ in router.registry:
        if not hasattr(view, "list"):
            continue
        told = drawn["paths"][f"/api/v1/{prefix}/"]["get"]["parameters"]
        assert {item["name"] for item in told if item["in"] == "query"} == view(action="list").declared_parameters()


def test_it_is_sent_once_to_each_reader() -> None:
    first = Client().get("/api/schema/")
    assert (first.headers["Content-Type"], first.headers["Cache-Control"]) == ("application/json", "no-cache")
    again = Client().get("/api/schema/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_is_drawn_up_once() -> None:
    served()
    began = time.perf_counter()
    for _ in range(100):
        Client().get("/api/schema/")
    assert time.perf_counter() - began < 3


def test_it_is_the_same_in_each_process_and_for_readers_that_come_at_once() -> None:
    """In processes of their own, since drf-spectacular loads its extensions once; four threads, as the web has; of
    different hash seeds, and with readers who want German."""
    program = (
        "import django; django.setup()\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from django.test import Client as C\n"
        "def ask(_): return C(HTTP_HOST='127.0.0.1', HTTP_ACCEPT_LANGUAGE='de').get('/api/schema/').headers['ETag']\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    print(*set(pool.map(ask, range(8))))\n"
    )
    tags = {_said(program, seed) for seed in ("1", "2")}
    assert tags == {served().etag}


def _said(program: str, seed: str) -> str:
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "provider.settings", "PYTHONHASHSEED": seed}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout.strip()
