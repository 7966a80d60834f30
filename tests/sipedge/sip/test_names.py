import pytest

from sipedge.sip.names import CANONICAL_NAMES, COMPACT_FORMS, canonical_name
from sipedge.sip.params import HeaderError


@pytest.mark.parametrize(
    ("received", "canonical"),
    [
        ("Via", "Via"),
        ("v", "Via"),
        ("V", "Via"),
        ("vIA", "Via"),
        ("Via  ", "Via"),
        ("CALL-ID", "Call-ID"),
        ("call-Id\t", "Call-ID"),
        ("www-authenticate", "WWW-Authenticate"),
        ("X-Custom", "X-Custom"),
        ("x-CUSTOM ", "x-CUSTOM"),
    ],
)
def test_names_get_their_one_spelling(received: str, canonical: str) -> None:
    assert canonical_name(received) == canonical


@pytest.mark.parametrize("name", ["", " ", " Via", "Vi a", "Via\x00", "Vïa", "\u212a", "a(b)", "Via\r"])
def test_what_is_no_token_is_no_name(name: str) -> None:
    with pytest.raises(HeaderError):
        canonical_name(name)


def test_strange_spellings_are_not_remembered() -> None:
    before = len(CANONICAL_NAMES)
    for number in range(100):
        canonical_name(f"X-{number}")
        canonical_name("vIa")
    assert len(CANONICAL_NAMES) == before


def test_every_registered_compact_form_is_known() -> None:
    assert "".join(sorted(COMPACT_FORMS)) == "abcdefijklmnorstuvxy"  # IANA, SIP Parameters


def test_no_two_names_share_a_compact_form() -> None:
    assert len(set(COMPACT_FORMS.values())) == len(COMPACT_FORMS)
