"""SIPVicious as an attacker, and a server that is as bad as it expects them to be.

By itself svwar gives up at the first name that looks like one that does not exist; here it has patience. Its
User-Agent can be another than the one that everybody knows.

A scan that finds nothing proves something only beside one that finds: LeakyServer tells who exists, as many servers
do, counts no guesses, and takes any nonce.
"""

import hashlib
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.ports import free_port
from tests.scenarios.sip_message import Received, read, write

SECONDS: Final = 600.0
_ROW = re.compile(r"^\|\s*(\S+)\s*\|\s*(\S.*?)\s*\|$", re.MULTILINE)
_PARAM = re.compile(r'(\w+)="?([^",]+)"?')
_LAUNCH: Final = """
import importlib, sys
from sipvicious.libs import svhelper
agent, tool = sys.argv[1:3]
defaults = svhelper.makeRequest.__defaults__
svhelper.makeRequest.__defaults__ = tuple(agent if one == "friendly-scanner" else one for one in defaults)
module = importlib.import_module("sipvicious." + tool)
scanner = module.TakeASip if tool == "svwar" else module.ASipOfRedWine
hear = scanner.getResponse
def hear_and_go_on(self):
    nomore = self.nomore
    hear(self)
    self.nomore = nomore
scanner.getResponse = hear_and_go_on
sys.argv[:] = ["sipvicious_" + tool, *sys.argv[3:]]
module.main()
"""


def scan(
    tool: str,
    folder: Path,
    target: tuple[str, int],
    *arguments: str,
    source: str = "127.0.0.1",
    user_agent: str = "friendly-scanner",
) -> dict[str, str]:
    """Run svwar or svcrack from a source address; its table, as what was found and what is said of it.

    Its exit code says nothing. What it printed is left in the folder.
    """
    port = str(free_port(source))
    command = [sys.executable, "-c", _LAUNCH, user_agent, tool, *arguments, "-v", "-b", source, "-P", port]
    run = subprocess.run(
        [*command, f"udp://{target[0]}:{target[1]}"],
        cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    (folder / f"{tool}.log").write_text(run.stdout + run.stderr)

    found = dict(_ROW.findall(run.stdout))
    found.pop("Extension", None)
    return found


class LeakyServer:
    """A registrar by UDP in a thread: 404 for who does not exist, 401 for who does, as many guesses as one likes."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self.address: tuple[str, int] = self._socket.getsockname()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                data, source = self._socket.recvfrom(65_535)
            except TimeoutError:
                continue
            request = read(data)
            if request.method != "ACK":
                self._socket.sendto(self._answer(request), source)

    def _answer(self, request: Received) -> bytes:
        username = request.get("To").partition("sip:")[2].partition("@")[0]
        status, more = "404 Not Found", []
        if username in self._passwords:
            is_right = self._is_right(request, username)
            status = "200 OK" if is_right else "401 Unauthorized"
            challenge = 'Digest realm="leaky", nonce="always", algorithm=MD5, qop="auth"'
            more = [] if is_right else [("WWW-Authenticate", challenge)]
        copied = [(name, value) for name, value in request.headers if name in ("Via", "From", "To", "Call-ID", "CSeq")]
        return write(f"SIP/2.0 {status}", [*copied, *more])

    def _is_right(self, request: Received, username: str) -> bool:
        given = dict(_PARAM.findall(request.get("Authorization")))
        if "response" not in given:
            return False
        ha1 = _md5(f"{username}:leaky:{self._passwords[username]}")
        ha2 = _md5(f"{request.method}:{given['uri']}")
        middle = f"{given['nc']}:{given['cnonce']}:{given['qop']}:" if "qop" in given else ""
        return given["response"] == _md5(f"{ha1}:{given['nonce']}:{middle}{ha2}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
