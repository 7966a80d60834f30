import os
from pathlib import Path

import pytest

from sipedge.transport.hosts import LOOK_AGAIN, HostsFile, parse_hosts


def test_what_a_line_says() -> None:
    text = """
    # a comment
    192.0.2.1   gw.example   GW  # the carrier's
    2001:db8::1 gw.example
    fe80::1%lo0 local
    nonsense gw.example
    192.0.2.2   dotted.example.
    """
    assert parse_hosts(text) == {
        "gw.example": ("192.0.2.1", "2001:db8::1"),
        "gw": ("192.0.2.1",),
        "dotted.example": ("192.0.2.2",),
    }


@pytest.mark.parametrize("name", ["localhost", "phone.localhost"])
def test_localhost_is_this_machine_whatever_the_file_says(tmp_path: Path, name: str) -> None:
    path = tmp_path / "hosts"
    path.write_text("192.0.2.66 localhost phone.localhost\n")
    assert HostsFile(path).addresses(name, 0.0) == ("::1", "127.0.0.1")


def test_a_change_is_seen_soon(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("192.0.2.1 gw.example\n")
    hosts = HostsFile(path)
    assert hosts.addresses("gw.example", 0.0) == ("192.0.2.1",)
    path.write_text("192.0.2.22 gw.example\n")
    os.utime(path, ns=(1, 1))
    assert hosts.addresses("gw.example", LOOK_AGAIN - 0.1) == ("192.0.2.1",)
    assert hosts.addresses("gw.example", LOOK_AGAIN) == ("192.0.2.22",)
    assert hosts.addresses("other.example", LOOK_AGAIN) is None


def test_without_a_file_nothing_stands_there(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("192.0.2.1 gw.example\n")
    hosts = HostsFile(path)
    hosts.addresses("gw.example", 0.0)
    path.unlink()
    assert hosts.addresses("gw.example", LOOK_AGAIN) is None
