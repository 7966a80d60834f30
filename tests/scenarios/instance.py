"""A whole platform for a test: `make run` in a folder of its own, on ports of its own."""

import json
import os
import re
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from provider.run.address import Address
from provider.run.environment import ROOT
from provider.run.processes import wait_until
from tests.ports import free_port

START_SECONDS = 120.0
STOP_SECONDS = 60.0
TABLE_TITLE = "Freiton is ready"


class Instance:
    """`make run` with its output collected. `variables` come on top of free ports and `data_dir`."""

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.data_dir = data_dir
        self.http = Address("127.0.0.1", free_port())
        self.sip = Address("127.0.0.1", free_port())
        self.metrics = Address("127.0.0.1", free_port())
        self._variables = variables
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def variables(self) -> dict[str, str]:
        """The environment of `make run`: nothing of the test run's own settings gets in."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        ours = {
            "DATA_DIR": str(self.data_dir),
            "HTTP_BIND": str(self.http),
            "SIP_BIND": str(self.sip),
            "METRICS_BIND": str(self.metrics),
        }
        return kept | ours | self._variables

    def launch(self) -> None:
        """Starts it, without waiting."""
        self.lines = []
        self.process = subprocess.Popen(
            ["make", "-C", str(ROOT), "run"],
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self.process,))
        self._reader.start()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip("\n"))

    def start(self) -> None:
        """Starts it and waits for the table."""
        self.launch()
        assert wait_until(lambda: self.is_ready or self.has_ended, START_SECONDS), self.text
        assert self.is_ready, self.text

    @property
    def text(self) -> str:
        """All that was printed since the last start."""
        return "\n".join(self.lines)

    @property
    def is_ready(self) -> bool:
        """Whether the table was printed."""
        return any(TABLE_TITLE in line for line in self.lines)

    @property
    def has_ended(self) -> bool:
        """Whether `make run` has ended."""
        return self.process is not None and self.process.poll() is not None

    def wait(self) -> int:
        """Waits for the end; returns the exit code of `make`."""
        assert self.process is not None
        assert self._reader is not None
        code = self.process.wait(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def interrupt(self) -> int:
        """What Ctrl-C does: SIGINT to the whole foreground group. Returns the exit code of `make`."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        return self.wait()

    def supervisor(self) -> int:
        """The pid of `python -m provider.run`, make's child."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def close(self) -> None:
        """Ends it whatever its state; for the end of a test."""
        if self.process is None or self.process.stdout is None or self.process.stdout.closed:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.wait()

    def pid(self, part: str) -> int:
        """The pid of a part, from its file."""
        return int((self.data_dir / "run" / f"{part}.pid").read_text())

    def demo(self) -> dict[str, Any]:
        """What demo.json holds."""
        known: dict[str, Any] = json.loads((self.data_dir / "demo.json").read_text())
        return known

    def get(self, path: str, token: str = "", at: Address | None = None) -> tuple[int, str]:
        """GET from the web (or from another address of ours): status and body."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"http://{at or self.http}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def manage(self, *arguments: str) -> str:
        """A management command that is started alone and is told nothing but DATA_DIR."""
        variables = {"PATH": os.environ["PATH"], "DATA_DIR": str(self.data_dir)}
        command = [str(ROOT / ".venv" / "bin" / "python"), "manage.py", *arguments]
        result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def left_running(self) -> list[str]:
        """Command lines of processes that still have to do with this instance."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                variables = (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                is_ours = f"DATA_DIR={self.data_dir}".encode() in variables or str(self.data_dir) in command
                if is_ours and command and int(entry.name) != os.getpid():
                    found.append(re.sub(r"\s+", " ", command))
        return found
