"""One space before the digits of Content-Length, and nothing else changed."""

from sipedge.sip.padding import unpadded


def test_spaces_before_the_digits_become_one():
    assert unpadded(b"A\r\nContent-Length:    12\r\nB: 1\r\n\r\nbody") == b"A\r\nContent-Length: 12\r\nB: 1\r\n\r\nbody"


def test_what_is_written_otherwise_stays_as_it_is():
    for data in (
        b"A\r\nContent-Length: 12\r\n\r\n",
        b"A\r\nContent-Length:   x\r\n\r\n",
        b"A\r\nContent-Length:  \t1\r\n\r\n",
        b"A\r\nX-Content-Length:   1\r\n\r\n",
        b"A\r\nB: 1\r\n\r\nbody\r\nContent-Length:   1\r\n",
        b"A\r\nContent-Length:   ",
        b"A\r\nContent-Length:   x\r\n\r\nbody\r\nContent-Length:   1\r\n",
    ):
        assert unpadded(data) == data
