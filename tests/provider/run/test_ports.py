"""Ports that are taken, and those that are remembered."""

import socket
from pathlib import Path

import pytest

from provider.run.address import Address
from provider.run.errors import StartError
from provider.run.ports import check_free, free_port, remembered_port


@pytest.mark.parametrize(("kind", "protocol"), [(socket.SOCK_STREAM, "TCP"), (socket.SOCK_DGRAM, "UDP")])
def test_a_taken_port_is_named_with_the_variable_to_change(kind: socket.SocketKind, protocol: str) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        if kind == socket.SOCK_STREAM:
            holder.listen()
        with pytest.raises(
            StartError, match=f"^Port {port}/{protocol} on 127.0.0.1 is taken .* set SIP_BIND to"
        ) as caught:
            check_free("SIP_BIND", Address("127.0.0.1", port), kind)
        assert str(caught.value).endswith(".")


def test_an_address_that_this_machine_lacks_is_named() -> None:
    with pytest.raises(StartError, match=r"has no address 192\.0\.2\.77"):
        check_free("HTTP_BIND", Address("192.0.2.77", 8000), socket.SOCK_STREAM)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_free_port_can_be_had_at_once(host: str) -> None:
    address = Address(host, free_port(host))
    check_free("HTTP_BIND", address, socket.SOCK_STREAM, socket.SOCK_DGRAM)


def test_a_port_is_remembered_until_somebody_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "port"
    port = remembered_port(file)
    assert remembered_port(file) == port
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        assert remembered_port(file) != port


@pytest.mark.parametrize("text", ["", "nonsense", "0", "99999"])
def test_a_spoilt_file_is_no_obstacle(tmp_path: Path, text: str) -> None:
    file = tmp_path / "port"
    file.write_text(text)
    assert remembered_port(file) == int(file.read_text())
