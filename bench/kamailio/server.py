"""A running Kamailio, in one mode."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from bench.database import Database
from bench.kamailio.config import FLUSH_SECONDS, Mode, Settings, render
from bench.kamailio.schema import NAME
from bench.places import HOST, Ports
from bench.processes import BenchError, Program
from provider.run.address import Address
from provider.run.keys import write_private
from provider.run.parts import edge_answers
from provider.run.processes import wait_until

START_SECONDS: Final = 20.0
SHARED_MEMORY: Final = "1024"  # MB that it may use; its default of 64 is for small ones
PRIVATE_MEMORY: Final = "32"


class Kamailio:
    """Started by its constructor; `wait_until_ready` says when it serves."""

    name = "kamailio"

    def __init__(self, database: Database, ports: Ports, mode: Mode) -> None:
        self.writes_through = mode.db_mode == 1
        self.settle_seconds = FLUSH_SECONDS + 1.5 if mode.is_written_back else 0.5
        self.address = (HOST, ports.kamailio)
        folder = database.folder / "kamailio"
        folder.mkdir(exist_ok=True)
        file = folder / "kamailio.cfg"
        url = database.url_of(NAME).replace("postgresql://", "postgres://")
        write_private(file, render(Settings(mode, url, HOST, ports.kamailio, str(folder))))
        self.program = Program("Kamailio", _command(file, folder), folder / "kamailio.log")

    def wait_until_ready(self) -> None:
        """Returns when an OPTIONS gets 200. Raises BenchError."""
        place = Address(*self.address)
        wait_until(lambda: edge_answers(place) or not self.program.is_alive, START_SECONDS)
        if not self.program.is_alive or not edge_answers(place):
            raise BenchError(f"Kamailio does not start: {self.program.last_words()}")

    def stop(self) -> None:
        """Ends it."""
        self.program.stop()


def _command(file: Path, folder: Path) -> list[str]:
    """In the foreground (-DD), with all processes as its children."""
    program = shutil.which("kamailio") or "/usr/sbin/kamailio"
    memory = ["-m", SHARED_MEMORY, "-M", PRIVATE_MEMORY]
    return [program, "-DD", "-E", "-f", str(file), "-Y", str(folder), "-w", str(folder), *memory]
