"""How the text of each variable is read, and what is said when it cannot be."""

import ipaddress
from collections.abc import Callable

import pytest

from provider.run import values
from provider.run.address import Address

KEY = "A" * 43 + "="


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        (values.database_url, "", ""),
        (values.database_url, "postgres://u:p@db/freiton", "postgres://u:p@db/freiton"),
        (values.redis_url, "", ""),
        (values.redis_url, "unix:///run/redis.sock", "unix:///run/redis.sock"),
        (values.first_address, "127.0.0.1:5060, [::1]:5070,", Address("127.0.0.1", 5060)),
        (values.public_url, "https://Voice.Example.org/", "https://voice.example.org"),
        (values.public_url, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        (values.networks, "", ()),
        (values.networks, "10.0.0.1, 2001:db8::/32", (
            ipaddress.ip_network("10.0.0.1/32"),
            ipaddress.ip_network("2001:db8::/32"),
        )),
        (values.edge_name, "edge-1.vienna", "edge-1.vienna"),
        (values.months, "24", 24),
        (values.months, "0", 0),
        (values.email_url, "smtp+tls://mail.example.org:587", "smtp+tls://mail.example.org:587"),
        (values.switch, "1", True),
        (values.switch, "No", False),
        (values.secret_key, "", ""),
        (values.fernet_keys, "", ()),
        (values.fernet_keys, f"{KEY},{KEY}", (KEY, KEY)),
    ],
)  # fmt: skip
def test_a_good_value_is_read(reader: Callable[[str], object], text: str, value: object) -> None:
    assert reader(text) == value


@pytest.mark.parametrize(
    ("reader", "text", "why"),
    [
        (values.database_url, "mysql://u@db/freiton", "not a PostgreSQL URL"),
        (values.database_url, "postgresql://db", "not a PostgreSQL URL"),
        (values.database_url, "postgresql://db:port/freiton", "not a PostgreSQL URL"),
        (values.redis_url, "http://redis", "not a Redis URL"),
        (values.public_url, "voice.example.org", "not a web address"),
        (values.public_url, "https://", "not a web address"),
        (values.public_url, "https://voice.example.org/path", "may not hold a path"),
        (values.public_url, "https://me@voice.example.org", "may not hold a path, a query or a login"),
        (values.networks, "10.0.0.1 gateway", "'gateway', which is neither"),
        (values.edge_name, "edge one", "letters, digits"),
        (values.months, "two", "from 0 to 1200"),
        (values.months, "-1", "from 0 to 1200"),
        (values.months, "1201", "from 0 to 1200"),
        (values.edge_name, "x" * 65, "64 of them at most"),
        (values.email_url, "ftp://mail", "not a mail URL"),
        (values.switch, "maybe", "must be 1 or 0"),
        (values.secret_key, "short", "too short"),
        (values.secret_key, "a" * 50, "too short"),
        (values.fernet_keys, "nonsense", "not a Fernet key"),
        (values.fernet_keys, f"{KEY},{KEY[:-4]}", "not a Fernet key"),
        (values.fernet_keys, "ä" * 44, "not a Fernet key"),
    ],
)
def test_a_wrong_value_says_what_is_wrong(reader: Callable[[str], object], text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        reader(text)


@pytest.mark.parametrize(("port", "metrics"), [(5060, 9464), (61131, 65535), (65000, 65535)])
def test_the_edges_metrics_lie_beside_its_sip_port(port: int, metrics: int) -> None:
    assert values.metrics_default(Address("192.0.2.1", port)) == f"192.0.2.1:{metrics}"
