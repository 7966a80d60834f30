"""Stacks of py-spy's, and their rooms."""

import pytest

from bench.profile import stacks
from bench.profile.stacks import LOOP, Frame, Stack
from provider.run.environment import ROOT

RUN = f"<module> ({ROOT}/sipedge/__main__.py:1);run (/x/.venv/lib/python3.11/site-packages/uvloop/__init__.py:38)"
RAW = f"""{RUN};UdpSocket._readable ({ROOT}/sipedge/transport/udp.py:73);parse ({ROOT}/sipedge/sip/parse.py:9) 30
{RUN};GroupCommit.write ({ROOT}/sipedge/store/commit.py:1);fetch (/x/site-packages/asyncpg/connection.py:1) 20
{RUN};Telemetry.call ({ROOT}/sipedge/telemetry.py:1);info (/usr/lib/python3.11/logging/__init__.py:1) 10
{RUN} 5
serve_forever (/usr/lib/python3.11/socketserver.py:1);_PollLikeSelector.select (/usr/lib/selectors.py:1) 900
_bootstrap (/usr/lib/python3.11/threading.py:1) 2
py-spy> not a stack
"""


def test_time_belongs_to_the_innermost_room() -> None:
    found = stacks.by_room(stacks.parse(RAW))
    assert found == {
        "sip/parse": 30, "asyncpg": 20, "telemetry": 10, LOOP: 5, "threads and start": 2
    }  # fmt: skip


def test_functions_are_named_with_their_files() -> None:
    found = stacks.by_function(stacks.parse(RAW))
    assert found["parse (sipedge/sip/parse.py)"] == 30
    assert found["fetch (asyncpg/connection.py)"] == 20
    assert found["info (logging/__init__.py)"] == 10


@pytest.mark.parametrize("text", ["", "\n\n", "no count\n", "waiting (x.py:1);select (selectors.py:2) 7\n"])
def test_what_is_no_work_is_left_out(text: str) -> None:
    assert stacks.parse(text) == []


def test_a_frame_of_another_form_is_kept_by_name() -> None:
    assert stacks.parse("native_thing;f (a.py:1) 3") == [Stack((Frame("native_thing", ""), Frame("f", "a.py")), 3)]
