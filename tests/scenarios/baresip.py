"""baresip as a real phone: it plays a tone from a file, keeps what it hears, and is driven over its control port."""

import json
import socket
import subprocess
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from provider.run.ports import free_port
from tests.scenarios.ports import free_udp_port
from tests.scenarios.sip_message import Account
from tests.scenarios.tones import RATE, read_samples, write_tone
from tests.scenarios.waiting import DEADLINE, eventually
from tests.tools import require

_HOST: Final = "127.0.0.1"
_TONE_SECONDS: Final = 30
_MODULES: Final = ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")
_CONFIG: Final = """\
poll_method epoll
sip_listen {host}:{sip}
call_local_timeout 120
call_max_calls 4
audio_source aufile,{folder}/tone.wav
audio_player aubridge,heard
audio_alert aubridge,alert
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 1
auplay_channels 1
rtp_ports 26000-29998
net_interface {host}
module_path {modules}
module g711.so
module aubridge.so
module sndfile.so
module aufile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control}
snd_path {folder}/heard
"""
_ACCOUNT: Final = (
    '<{account.uri}>;auth_user={account.username};auth_pass={account.password};outbound="sip:{edge[0]}:{edge[1]};'
    'transport={transport}";regint=60;answermode=manual;audio_codecs=pcmu\n'
)


class Baresip:
    """One baresip. Use `baresip_phone`, which ends it."""

    def __init__(self, folder: Path, account: Account, edge: tuple[str, int], *, hertz: int, transport: str) -> None:
        self._folder = folder
        self._backlog: list[dict[str, Any]] = []
        self._stream = b""
        program = require("baresip")
        (folder / "heard").mkdir(parents=True)
        write_tone(folder / "tone.wav", hertz, _TONE_SECONDS)
        control = free_port(_HOST)
        self._configure(account, edge, transport, control)
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [program, "-f", str(folder)], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._control = self._connect(control)

    def dial(self, uri: str) -> None:
        """Begins a call."""
        self._command("dial", uri)

    def accept(self) -> None:
        """Answers the call that rings."""
        self._command("accept")

    def hang_up(self) -> None:
        """Ends the call."""
        self._command("hangup")

    def hears_event(self, name: str, seconds: float = DEADLINE) -> dict[str, Any]:
        """Waits for an event, such as CALL_INCOMING; events before it are forgotten."""
        deadline = time.monotonic() + seconds
        while True:
            event = self._next(deadline, f"the event {name}")
            if event.get("type") == name:
                return event

    def listens(self, seconds: float) -> None:
        """Waits until it has heard so many seconds of the call that stands."""
        size = int(2 * RATE * seconds)
        what = f"{self._folder.name} hears {seconds} s"
        eventually(lambda: any(file.stat().st_size > size for file in self._recordings()[-1:]), what, 3 * DEADLINE)

    def heard(self) -> "array[int]":
        """What it heard in the call that has just ended."""
        return read_samples(self._recordings()[-1])

    def close(self) -> None:
        """Ends it."""
        self._control.close()
        self.process.terminate()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _configure(self, account: Account, edge: tuple[str, int], transport: str, control: int) -> None:
        modules = next((path for path in _MODULES if Path(path).is_dir()), _MODULES[0])
        config = _CONFIG.format(
            host=_HOST, sip=free_udp_port(_HOST), folder=self._folder, rate=RATE, modules=modules, control=control
        )
        (self._folder / "config").write_text(config)
        (self._folder / "accounts").write_text(_ACCOUNT.format(account=account, edge=edge, transport=transport))
        (self._folder / "contacts").write_text("")

    def _connect(self, port: int) -> socket.socket:
        def attempt() -> socket.socket | None:
            assert self.process.poll() is None, (self._folder / "log").read_text(errors="replace")
            try:
                return socket.create_connection((_HOST, port), DEADLINE)
            except ConnectionRefusedError:
                return None

        connection = eventually(attempt, "baresip takes commands", 15.0)
        assert connection is not None
        return connection

    def _command(self, name: str, parameters: str = "") -> None:
        message = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._control.sendall(b"%d:%s," % (len(message), message))
        deadline = time.monotonic() + DEADLINE
        passed = []
        while (answer := self._next(deadline, f"the answer to {name}")).get("token") != name:
            passed.append(answer)
        self._backlog = passed + self._backlog
        assert answer.get("ok"), answer

    def _next(self, deadline: float, what: str) -> dict[str, Any]:
        while not self._backlog:
            self._control.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self._control.recv(65_535)
            except TimeoutError:
                data = b""
            assert data, f"{what} did not come; log: {(self._folder / 'log').read_text(errors='replace')[-1500:]}"
            self._stream += data
            self._backlog += self._netstrings()
        return self._backlog.pop(0)

    def _netstrings(self) -> Iterator[dict[str, Any]]:
        while b":" in self._stream:
            length, _, rest = self._stream.partition(b":")
            size = int(length)
            if len(rest) <= size:
                return
            yield json.loads(rest[:size])
            self._stream = rest[size + 1 :]

    def _recordings(self) -> list[Path]:
        """The sound of each call in its order; a file is whole when its call has ended."""
        return sorted((self._folder / "heard").glob("*-dec.wav"))


@contextmanager
def baresip_phone(
    folder: Path, account: Account, edge: tuple[str, int], *, hertz: int, transport: str = "udp"
) -> Iterator[Baresip]:
    """A phone that plays a tone of so many hertz to whom it talks with."""
    phone = Baresip(folder / account.username, account, edge, hertz=hertz, transport=transport)
    try:
        yield phone
    finally:
        phone.close()
