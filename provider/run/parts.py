"""The three parts of the platform: how each is started, and how one sees that it is ready to work.

docker-compose.yml starts the very same commands; a test in tests/contracts compares them.
"""

import http.client
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from provider.run.address import Address
from provider.run.environment import Environment

ANSWER_SECONDS = 0.5
WEB_THREADS = "12"
"""Four for what is asked, and as many more as may wait for events at a time (events/waiting.py, MOST)."""
CELERY = ("celery", "-A", "provider", "--quiet", "--skip-checks")
WORKER_PROCESSES = "3"
"""One of them may be sending webhooks all the time (events/delivering.py)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process of ours: its command line, a look whether it answers, and how long it may take to end."""

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    stop_seconds: float


def web_command(bind: Address) -> tuple[str, ...]:
    """Panel, portal and API as WSGI. One process, so that its metrics are whole."""
    options = ("--interface", "wsgi", "--host", bind.host, "--port", str(bind.port))
    tuning = (
        "--workers",
        "1",
        "--blocking-threads",
        WEB_THREADS,
        "--no-ws",
        "--backlog",
        "256",
        "--workers-kill-timeout",
        "5",
    )
    return ("granian", *options, *tuning, "provider.wsgi:application")


def worker_command() -> tuple[str, ...]:
    """Celery's worker, without beat."""
    options = ("--loglevel", "INFO", "--concurrency", WORKER_PROCESSES, "--without-mingle", "--without-gossip")
    return (*CELERY, "worker", *options)


def beat_command(data_dir: Path) -> tuple[str, ...]:
    """Celery's beat as a process of its own; `make run` lets the worker do it."""
    return (*CELERY, "beat", "--loglevel", "INFO", *beat_options(data_dir))


def beat_options(data_dir: Path) -> tuple[str, ...]:
    """Where beat keeps when it last ran what."""
    return ("--schedule", str(data_dir / "celerybeat-schedule"))


def edge_command() -> tuple[str, ...]:
    """The SIP edge."""
    return ("python", "-m", "sipedge")


def parts(environment: Environment) -> list[Part]:
    """What `make run` starts, in the order in which it is started; it is stopped the other way round."""
    beat = ("--beat", *beat_options(environment.data_dir))
    ready_file = worker_ready_file(environment.data_dir)
    return [
        Part("web", _here(web_command(environment.http_bind)), lambda: web_answers(environment.http_bind), 10.0),
        Part("worker", _here((*worker_command(), *beat)), ready_file.exists, 10.0),
        Part("edge", _here(edge_command()), lambda: edge_answers(environment.sip_bind), 10.0),
    ]


def worker_ready_file(data_dir: Path) -> Path:
    """What the worker writes when it takes tasks (provider.celery)."""
    return data_dir / "run" / "worker.ready"


def _here(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command with the program of this virtual environment."""
    program, *arguments = command
    if program == "python":
        return (sys.executable, *arguments)
    return (str(Path(sys.executable).parent / program), *arguments)


def web_answers(bind: Address) -> bool:
    """Whether GET /healthz gives 200."""
    connection = http.client.HTTPConnection(bind.reachable_host, bind.port, timeout=4 * ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def edge_answers(bind: Address) -> bool:
    """Whether an OPTIONS by UDP (RFC 3261 §11) gets 200."""
    target = (bind.reachable_host, bind.port)
    with socket.socket(socket.AF_INET6 if ":" in target[0] else socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(ANSWER_SECONDS)
        try:
            sender.connect(target)
            sender.send(_options(bind, Address(*sender.getsockname()[:2])))
            return sender.recv(65_535).startswith(b"SIP/2.0 200 ")
        except OSError:
            return False


def _options(bind: Address, local: Address) -> bytes:
    token = secrets.token_hex(8)
    uri = f"sip:{Address(bind.reachable_host, bind.port)}"
    lines = [
        f"OPTIONS {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP {local};branch=z9hG4bK{token};rport",
        "Max-Forwards: 70",
        f"From: <sip:supervisor@{local}>;tag={token}",
        f"To: <{uri}>",
        f"Call-ID: {token}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()
