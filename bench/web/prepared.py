"""The measured instance, ready: started, migrated, filled (or found as the last run left it)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.web.instance import Instance
from bench.web.shape import VERSION, Shape

if TYPE_CHECKING:
    from bench.web.fill import Report

STAMP = "filled.json"


@contextmanager
def prepared(folder: Path, scale: float, report: Report, *, anew: bool = False) -> Iterator[Shape]:
    """Django set up on a full database. Data of another scale or version, or an interrupted fill, is made anew."""
    shape = Shape(scale)
    instance = Instance(folder)
    if anew or not _fits(folder, scale):
        instance.end_left_over()
        shutil.rmtree(folder, ignore_errors=True)
    try:
        instance.start(durable=(folder / STAMP).exists())
        _set_up(report)
        _write(folder, shape, report)
        instance.harden()
        yield shape
    finally:
        _hang_up()
        instance.stop()


def _fits(folder: Path, scale: float) -> bool:
    try:
        written = json.loads((folder / STAMP).read_text())
    except (FileNotFoundError, ValueError):
        return False
    return bool(written.get("scale") == scale and written.get("version") == VERSION)


def _set_up(report: Report) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    report("migrations", 0, 1)
    call_command("migrate", interactive=False, verbosity=0)


def _write(folder: Path, shape: Shape, report: Report) -> None:
    from bench.web.fill import count_calls, fill, read_stamp, settle, top_up

    file = folder / STAMP
    known = read_stamp(file)
    stamp = fill(shape, report) if known is None else top_up(shape, known, report)
    count_calls(report)
    if stamp != known:
        settle(report)
        file.write_text(json.dumps(stamp._asdict()))
    _hang_up()


def _hang_up() -> None:
    from django.conf import settings

    if settings.configured:
        from django.db import connections

        connections.close_all()
