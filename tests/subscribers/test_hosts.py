"""Host names in the form in which they are stored."""

import pytest

from subscribers.hosts import as_host


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Voice.Example.ORG", "voice.example.org"),
        ("B\u00fccher.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("\uff41bc.example", "abc.example"),
        ("a\u3002example", "a.example"),
        ("\u0430bc.example", "xn--bc-6kc.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("2001:DB8::1", "2001:db8::1"),
        ("\u212a.example", "k.example"),
    ],
)
def test_one_name_has_one_form(written: str, stored: str) -> None:
    assert as_host(written) == stored


@pytest.mark.parametrize(
    "written", ["stra\u00dfe.example", "a\u200db.example", "\u00fc..example", "\u00fc" * 70, "\ufffd.x"]
)
def test_what_cannot_be_written_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        as_host(written)
