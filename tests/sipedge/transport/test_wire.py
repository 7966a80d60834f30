"""Cutting SIP out of a stream, as the connection sees it."""

from sipedge.transport.wire import Fed, SipFraming
from tests.sipedge.transport.loopback import OPTIONS


def test_messages_and_pings_are_told_apart() -> None:
    framing = SipFraming()
    assert framing.feed(OPTIONS[:9]) == Fed([], b"", completed=False)
    assert framing.has_partial
    assert framing.feed(OPTIONS[9:] + b"\r\n\r\n" + OPTIONS) == Fed([OPTIONS, OPTIONS], b"\r\n", completed=True)
    assert not framing.has_partial


def test_what_was_whole_before_an_error_still_counts() -> None:
    fed = SipFraming().feed(OPTIONS + b"\0")
    assert (fed.messages, fed.ending) == ([OPTIONS], "not SIP: Not SIP")


def test_a_message_goes_as_it_is_and_nothing_is_said_besides() -> None:
    framing = SipFraming()
    assert (framing.wrap(b"x"), framing.ping(), framing.goodbye()) == (b"x", b"", b"")
