"""TLS on the whole platform: where the table says, and with certificates that SIGHUP has read again."""

import os
import signal
import socket
import ssl

from tests.scenarios.running import Platform
from tests.scenarios.waiting import eventually

USED = "= certificate for localhost, 127.0.0.1 is used"


def _shown(platform: Platform, transport: str) -> str | None:
    """The TLS version that a client with a trusting context gets."""
    context = ssl.create_default_context(cafile=str(platform.authority))
    with (
        socket.create_connection(platform.place(transport), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        return secure.version()


def test_the_table_names_every_transport(platform: Platform) -> None:
    said = platform.program.said()
    for what, transport, scheme in (
        ("SIP (UDP and TCP)", "udp", ""), ("SIP (TLS)", "tls", ""),
        ("SIP (WebSocket)", "ws", "ws://"), ("SIP (secure WebSocket)", "wss", "wss://"),
    ):  # fmt: skip
        host, port = platform.place(transport)
        assert any(what in line and f" {scheme}{host}:{port} " in line for line in said.splitlines()), what
    assert f"tls {platform.place('tls')[0]}:{platform.place('tls')[1]}" in said  # the edge's own line


def test_sighup_reads_the_certificates_again_and_nobody_notices(platform: Platform) -> None:
    pid = int((platform.data_dir / "run" / "edge.pid").read_text())
    before = platform.program.said().count(USED)
    os.kill(pid, signal.SIGHUP)
    eventually(lambda: platform.program.said().count(USED) > before, "the certificate is read again", 10.0)
    assert [_shown(platform, transport) for transport in ("tls", "wss")] == ["TLSv1.3", "TLSv1.3"]
