import pytest

from sipedge.handlers.destinations import is_forbidden
from sipedge.listeners import Listener, Listeners
from sipedge.sip.flow import Flow
from tests.sipedge.handlers.world import GATEWAY


def at(world, *hosts):
    """The world's services, its edge bound to these hosts and known as 198.51.100.200."""
    listeners = [Listener("udp", host, 5060, "198.51.100.200", 5060) for host in hosts]
    world.engine.services.listeners = Listeners(listeners)
    return world.engine.services


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "224.0.0.5", "ff02::1%eth0"),
        *("255.255.255.255", "192.0.2.1", "::ffff:192.0.2.1", "198.51.100.200", GATEWAY, f"::ffff:{GATEWAY}"),
    ],
)
def test_where_nothing_goes_for_a_phone(world, host):
    services = at(world, "192.0.2.1", "::2")
    for port in (5060, 6379):
        assert is_forbidden(services, Flow("tcp", host, port), is_gateway=False)


@pytest.mark.parametrize("host", ["192.0.2.50", "10.0.0.5", "2001:db8::5", "203.0.113.1"])
def test_where_phones_are(world, host):
    assert not is_forbidden(at(world, "192.0.2.1", "::2"), Flow("udp", host, 40000), is_gateway=False)


def test_carriers_are_where_calls_to_them_go(world):
    services = at(world, "192.0.2.1")
    assert not is_forbidden(services, Flow("udp", GATEWAY, 5060), is_gateway=True)
    assert is_forbidden(services, Flow("udp", "192.0.2.1", 5999), is_gateway=True)


def test_on_one_machine_everything_is_loopback(world):
    services = at(world, "127.0.0.1")
    assert not is_forbidden(services, Flow("udp", "127.0.0.1", 40000), is_gateway=False)
    assert is_forbidden(at(world, "192.0.2.1"), Flow("udp", "127.0.0.1", 40000), is_gateway=False)


def test_a_host_by_name_is_advertised(world):
    services = world.engine.services
    services.listeners = Listeners([Listener("udp", "localhost", 5060, "sip.example.org", 5060)])
    assert is_forbidden(services, Flow("udp", "127.0.0.1", 5060), is_gateway=False)
