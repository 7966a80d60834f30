"""Signatures, and the lines of Python in the resellers' document that check them."""

import re
import time

import pytest

from events.signing import MARK, header, new_secret, sign
from tests.events.documented import verify_of_the_document

BODY = b'{"type": "call.ended"}'


def test_the_documents_lines_tell_ours_from_others() -> None:
    verify, secret, now = verify_of_the_document(), new_secret(), int(time.time())
    assert verify(secret, header([secret], now, BODY), BODY)
    assert verify(secret, header([new_secret(), secret], now, BODY), BODY)  # while a secret is replaced
    assert not verify(new_secret(), header([secret], now, BODY), BODY)
    assert not verify(secret, header([secret], now, BODY), BODY + b" ")
    assert not verify(secret, header([secret], now - 600, BODY), BODY)  # somebody sends it again
    assert not verify(secret, header([secret], now - 600, BODY).replace(str(now - 600), str(now)), BODY)


@pytest.mark.parametrize("text", ["", "t=1", "v1=x", "t=x,v1=y", "nonsense,,=", "t=,v1="])
def test_other_headers_are_refused(text: str) -> None:
    verify = verify_of_the_document()
    assert not verify("whsec_x", text, BODY)


def test_secrets_are_long_and_known_by_their_mark() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith(MARK)
    assert len(first) == len(MARK) + 40
    assert re.fullmatch("[0-9a-f]{64}", sign(first, 1, BODY))
