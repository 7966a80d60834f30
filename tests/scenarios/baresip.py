"""baresip as a real phone: it plays a tone from a file, keeps what it hears, and is driven over its control port."""

import json
import os
import socket
import subprocess
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.ports import free_port
from tests.scenarios.phone import How
from tests.scenarios.sip_message import Account
from tests.scenarios.tones import RATE, Ear, read_samples, write_tone
from tests.scenarios.waiting import DEADLINE, eventually
from tests.tools import require

_EXPIRES: Final = 60
_PLAYER: Final = "heard"
_HOST: Final = "127.0.0.1"
_TONE_SECONDS: Final = 30
_REGISTERED: Final = "} 200 OK "
_ASKED: Final = "got re-INVITE (SDP Offer)"
_ANSWERED: Final = "stream: update 'audio'"
"""What it logs when a registration was taken, a re-INVITE has come, its own was answered; no event says these."""
_MODULES: Final = ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")
_CONFIG: Final = """\
poll_method select
sip_listen {host}:0
{tls}
call_local_timeout 120
call_max_calls 4
audio_source aufile,{folder}/tone.wav
audio_player aubridge,{player}
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
    'transport={transport}";regint={expires};answermode=manual;audio_codecs=pcmu\n'
)


class Baresip:
    """One baresip. Use `baresip_phone`, which ends it."""

    def __init__(self, folder: Path, account: Account, edge: tuple[str, int], hertz: int, how: How) -> None:
        self.account = account
        self.hertz = hertz
        self._ear = Ear(folder / "heard", account.username)
        self._mouth = Ear(folder / "heard", account.username, "*-enc.wav")
        self._folder = folder
        self._backlog: list[dict[str, Any]] = []
        self._stream = b""
        self._seen = 0
        program = require("baresip")
        (folder / "heard").mkdir(parents=True)
        self._tone = folder / "tone.wav"
        write_tone(self._tone, hertz, _TONE_SECONDS)
        control = free_port(_HOST)
        self._configure(edge, how, control)
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [program, "-f", str(folder)],
                cwd=folder,
                env={"PATH": os.environ["PATH"], "HOME": str(folder)} | dict(how.variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._control = self._connect(control)

    def dial(self, uri: str) -> None:
        """Begins a call."""
        self._command("dial", uri)

    def rings(self) -> str:
        """Waits for a call; returns its Call-ID."""
        call_id: str = self.hears_event("CALL_INCOMING")["id"]
        return call_id

    def hears_ringing(self) -> None:
        """Waits until the other side rings."""
        self.hears_event("CALL_RINGING")

    def accept(self) -> None:
        """Answers the call that rings."""
        self._command("accept")

    def talks(self) -> str:
        """Waits until a call stands; returns its Call-ID."""
        call_id: str = self.hears_event("CALL_ESTABLISHED")["id"]
        return call_id

    def is_busy(self) -> None:
        """Refuses the call that rings: with 486, this baresip knows no other status."""
        self._command("hangup")

    def hang_up(self) -> None:
        """Ends the call, or gives it up."""
        self._command("hangup")

    def ended(self) -> str:
        """Waits until a call has ended; returns what it was told as the reason."""
        reason: str = self.hears_event("CALL_CLOSED")["param"]
        return reason

    def hears(self, hertz: int) -> None:
        """Waits until it hears this tone. It stops to record what it hears at the first re-INVITE of a call."""
        self._ear.hears(hertz)

    def hears_again(self, hertz: int) -> None:
        """Waits until it hears this tone, in a call that had a re-INVITE."""
        with self._echoing():
            self._mouth.hears(hertz)

    def hold(self) -> None:
        """Puts the call on hold (a re-INVITE with a=sendonly); returns when the other side has agreed."""
        with self._one_more(_ANSWERED):
            self._command("hold")

    def resume(self) -> None:
        """Takes it back; returns when the other side has agreed."""
        with self._one_more(_ANSWERED):
            self._command("resume")

    def is_held(self) -> None:
        """Waits until the other side has put it on hold: until a re-INVITE has come since it was asked last."""
        self._seen += 1
        eventually(lambda: self._count(_ASKED) >= self._seen, f"{self.account.username} is held", 2 * DEADLINE)

    def is_taken_back(self) -> None:
        """Waits until the other side has taken it back: the next re-INVITE."""
        self.is_held()

    def transfer(self, uri: str) -> None:
        """Asks the other side to call `uri` instead (REFER)."""
        self._command("transfer", uri)

    def settles(self) -> None:
        """Waits for the next second: it names recordings by the second, and two calls would write into one."""
        now = int(time.time())
        eventually(lambda: int(time.time()) > now, "the next second")

    def is_rid_of_it(self) -> None:
        """Waits until the transfer went well; it then leaves the call by itself."""
        self.ended()

    def clear(self) -> None:
        """Ends what calls it has (two at most), and forgets what happened."""
        self._command("hangup")
        self._command("hangup")
        self._backlog.clear()
        self._seen = self._count(_ASKED)

    def registers(self) -> None:
        """Waits until the edge has taken a registration."""
        # the event may have come before we listened to events
        eventually(lambda: self._count(_REGISTERED), f"{self.account.username} is registered", 6 * DEADLINE)

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
        eventually(lambda: any(f.stat().st_size > size for f in self._ear.recordings()[-1:]), what, 3 * DEADLINE)

    def heard(self) -> "array[int]":
        """What it heard in the call that has just ended."""
        return read_samples(self._ear.recordings()[-1])

    def close(self) -> None:
        """Ends it."""
        self._control.close()
        self.process.terminate()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @contextmanager
    def _one_more(self, line: str) -> Iterator[None]:
        """At the end of the context it waits until the log has one more line of this kind."""
        before = self._count(line)
        yield
        eventually(lambda: self._count(line) > before, f"{self.account.username}: {line}", 2 * DEADLINE)

    def _count(self, line: str) -> int:
        return (self._folder / "log").read_text(errors="replace").count(line)

    @contextmanager
    def _echoing(self) -> Iterator[None]:
        """While this lasts it says what it hears, instead of its tone: what it says it records to the end of a call."""
        self._command("ausrc", f"aubridge,{_PLAYER}")
        try:
            yield
        finally:
            self._command("ausrc", f"aufile,{self._tone}")

    def _configure(self, edge: tuple[str, int], how: How, control: int) -> None:
        modules = next((path for path in _MODULES if Path(path).is_dir()), _MODULES[0])
        tls = f"sip_cafile {how.authority}" if how.authority else ""
        config = _CONFIG.format(
            player=_PLAYER, host=_HOST, tls=tls, folder=self._folder, rate=RATE, modules=modules, control=control
        )
        account = _ACCOUNT.format(account=self.account, edge=edge, transport=how.transport, expires=_EXPIRES)
        (self._folder / "config").write_text(config)
        (self._folder / "accounts").write_text(account)
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


@contextmanager
def baresip_phone(
    folder: Path, account: Account, edge: tuple[str, int], *, hertz: int, how: How | None = None
) -> Iterator[Baresip]:
    """A phone that plays a tone of so many hertz to whom it talks with."""
    phone = Baresip(folder / account.username, account, edge, hertz, how or How())
    try:
        yield phone
    finally:
        phone.close()
