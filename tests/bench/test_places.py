"""Ports that nobody has."""

import socket
from contextlib import closing

from bench.places import GATEWAY, HOST, find_ports, is_free


def test_ports_are_free_and_apart() -> None:
    ports = find_ports()
    numbers = [ports.edge, ports.metrics, ports.kamailio, ports.phones, ports.gateway]
    assert len(set(numbers)) == 5
    assert ports.edge + 21 < min(numbers[1:])
    for host in (HOST, GATEWAY):
        assert all(is_free(host, port, socket.SOCK_DGRAM) for port in numbers)


def test_a_port_that_is_bound_is_not_free() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        assert not is_free(HOST, port, socket.SOCK_DGRAM)
    assert is_free(HOST, port, socket.SOCK_DGRAM)
