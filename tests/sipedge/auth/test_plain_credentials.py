"""What the fast path's reader takes, `parse_authorization` reads in the same way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.auth.digest import parse_authorization
from sipedge.auth.plain_credentials import read_plain_credentials

USUAL = (
    'username="alice",realm="example.org",nonce="0a1b2c",uri="sip:example.org;a=b",response="0123456789abcdef",'
    'algorithm=MD5,cnonce="xyz",qop=auth,nc=0000000a'
)


def check(text: str) -> bool:
    """Whether the reader takes it; then both have to read the same."""
    plain = read_plain_credentials(text)
    if plain is None:
        return False
    assert plain == parse_authorization(f"Digest {text}")
    return True


@pytest.mark.parametrize(
    "text",
    [
        USUAL,
        USUAL.replace(",", ", "),
        USUAL.replace(",algorithm=MD5", ""),
        USUAL.replace("MD5", "SHA-256"),
        USUAL.replace("qop=auth", 'qop="auth"'),
        ",".join(reversed(USUAL.split(","))),
    ],
)
def test_the_usual_credentials_are_read(text: str) -> None:
    assert check(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        USUAL + ',username="bob"',
        USUAL + ',opaque="x"',
        USUAL + ",",
        USUAL.replace("qop=auth,", ""),
        USUAL.replace(",nc=0000000a", ""),
        USUAL.replace("nc=0000000a", "nc=a"),
        USUAL.replace("qop=auth", "qop=auth-int"),
        USUAL.replace('"alice"', '"al\\"ice"'),
        USUAL.replace('"alice"', '"al,ice"'),
        USUAL.replace('"alice"', "alice"),
        USUAL.replace('username="alice",', ""),
        USUAL.replace("username", "Username"),
        USUAL.replace("MD5", "MD5-sess"),
    ],
)
def test_what_is_written_otherwise_is_left_to_others(text: str) -> None:
    assert read_plain_credentials(text) is None


@given(st.lists(st.tuples(st.integers(0, len(USUAL) - 1), st.characters(max_codepoint=300), st.booleans()), max_size=3))
def test_spoilt_credentials_are_not_misread(changes: list[tuple[int, str, bool]]) -> None:
    text = list(USUAL)
    for position, character, inserts in changes:
        text[position : position + (not inserts)] = character
    check("".join(text))
