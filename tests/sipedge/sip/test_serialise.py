import pytest

from sipedge.sip.model import Response
from sipedge.sip.serialise import SerialiseError, serialise

from .messages import REGISTER, invite, register


def test_a_message_in_canonical_form_is_written_as_it_came() -> None:
    assert serialise(register()) == REGISTER.encode()


def test_content_length_is_last_and_right() -> None:
    request = invite(("Content-Length", "999"), ("Subject", "x"), body="ü".encode())
    assert serialise(request).endswith("Subject: x\r\nContent-Length: 2\r\n\r\nü".encode())
    assert serialise(Response(200, "OK")) == b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("value", ["a\r\nVia: b", "a\rb", "a\nb", "a\x00b", "a\x7f", '"a\x01"', "\ud800"])
def test_no_value_can_begin_a_line_or_carry_controls(value: str) -> None:
    with pytest.raises(SerialiseError):
        serialise(invite(("Subject", value)))
    with pytest.raises(SerialiseError):
        serialise(Response(200, value))
    request = invite()
    request.request_uri = value
    with pytest.raises(SerialiseError):
        serialise(request)


def test_tabs_quoted_pairs_and_foreign_bytes_are_written() -> None:
    data = serialise(invite(("Subject", 'a\tb "\\\x00" \udcff')))
    assert b'Subject: a\tb "\\\x00" \xff\r\n' in data
