"""What the values know of themselves."""

import pytest

from sipedge.facts import tls_name_in


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("gw.example.org", "gw.example.org"),
        ("GW.Example.org", "gw.example.org"),
        ("sip:GW.example.org", "gw.example.org"),
        ("sips:gw.example.org", "sips:gw.example.org"),  # RFC 5922 §7.1: no domain
        ("https://gw.example.org", "https://gw.example.org"),
        ("*.example.org", "*.example.org"),
    ],
)
def test_a_certificates_name_as_a_host(name, host):
    assert tls_name_in(name) == host
