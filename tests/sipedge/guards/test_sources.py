import pytest

from sipedge.guards.sources import source_of


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::1", "::1"),
    ],
)
def test_a_source_is_an_address_or_a_64(host, source):
    assert source_of(host) == source


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match="x:y"):
        source_of("x:y")
