from sipedge.sip.reasons import REASON_PHRASES, reason_phrase


def test_known_codes_have_their_phrase_and_others_their_classs() -> None:
    assert (reason_phrase(480), reason_phrase(499), reason_phrase(299)) == (
        "Temporarily Unavailable",
        "Bad Request",
        "OK",
    )
    assert reason_phrase(700) == "Unknown"


def test_every_phrase_can_stand_in_a_status_line() -> None:
    assert all(100 <= code < 700 and phrase.isprintable() and phrase for code, phrase in REASON_PHRASES.items())
