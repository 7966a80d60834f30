import pytest

from sipedge.proxy.secure import is_secure, warning
from sipedge.sip.flow import Flow
from sipedge.sip.uri import parse_uri


@pytest.mark.parametrize(
    ("transport", "secure"), [("tls", True), ("wss", True), ("udp", False), ("tcp", False), ("ws", False)]
)
def test_a_flow_is_secure_by_its_transport(transport, secure):
    assert is_secure(Flow(transport, "192.0.2.1", 5061)) is secure


@pytest.mark.parametrize(
    ("uri", "secure"),
    [
        ("sips:a@example.org", True),
        ("sip:a@example.org;transport=tls", True),
        ("sip:a@example.org;transport=WSS", True),
        ("sip:a@example.org", False),
        ("sip:a@example.org;transport=tcp", False),
        ("tel:+431", False),
    ],
)
def test_a_uri_is_secure_by_scheme_or_transport(uri, secure):
    assert is_secure(parse_uri(uri)) is secure


def test_the_warning_says_which_rule():
    assert warning("192.0.2.1:5060") == ("Warning", '380 192.0.2.1:5060 "SIPS Not Allowed"')
