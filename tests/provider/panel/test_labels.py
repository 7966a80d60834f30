"""How the panel writes states and lengths of time."""

import pytest

from provider.panel.labels import ACTIVE_TONES, active_label, clock


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (75.9, "1:15"), (3600, "1:00:00"), (90_061, "25:01:01"), (-5, "0:00")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_a_state_has_a_tone() -> None:
    for is_active, word in ((True, "active"), (False, "suspended")):
        key, text = active_label(is_active)
        assert (str(text), key in ACTIVE_TONES) == (word, True)
