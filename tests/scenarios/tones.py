"""Tones that a phone plays, how strong a tone is in what a phone heard, and what it hears while it hears it."""

import math
import time
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.scenarios.waiting import DEADLINE, eventually

RATE: Final = 8000  # samples a second, as G.711 has them
_AMPLITUDE: Final = 8000
_HEADER_BYTES: Final = 44  # of a WAV file as libsndfile and PJSIP begin it
_WINDOW_SECONDS: Final = 0.3
_LOUD: Final = 500  # an amplitude; a tone has thousands, what silence decodes to has tens


def write_tone(file: Path, hertz: int, seconds: int) -> None:
    """A WAV file with a sine: mono, 16 bits, 8 kHz."""
    step = 2 * math.pi * hertz / RATE
    samples = array("h", (round(_AMPLITUDE * math.sin(step * number)) for number in range(RATE * seconds)))
    with wave.open(str(file), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(RATE)
        target.writeframes(samples.tobytes())


def read_samples(file: Path) -> "array[int]":
    """The samples of a WAV file of the kind that `write_tone` writes."""
    with wave.open(str(file), "rb") as source:
        assert (source.getnchannels(), source.getsampwidth(), source.getframerate()) == (1, 2, RATE)
        return array("h", source.readframes(source.getnframes()))


def strength(samples: Sequence[int], hertz: int) -> float:
    """Which part of the samples' power is a tone of this frequency, 0 to 1 (Goertzel's algorithm)."""
    power = sum(sample * sample for sample in samples)
    if not power:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * hertz / RATE)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    found = before * before + last * last - coefficient * before * last
    return 2 * found / (len(samples) * power)


class Ear:
    """What a phone hears: it writes one file for each call into a folder, and goes on writing as it hears."""

    def __init__(self, folder: Path, who: str, files: str = "*-dec.wav") -> None:
        self._folder = folder
        self._who = who
        self._files = files

    def recordings(self) -> list[Path]:
        """The sound of each call in its order; a file is whole when its call has ended."""
        return sorted(self._folder.glob(self._files))

    def hears(self, hertz: int) -> None:
        """Waits until it hears this tone and next to nothing else, from now on."""
        before = self._sizes()

        def is_heard() -> bool:
            window = self._since(before)[-int(RATE * _WINDOW_SECONDS) :]
            return len(window) >= RATE * _WINDOW_SECONDS and strength(window, hertz) > 0.8

        eventually(is_heard, f"{self._who} hears {hertz} Hz", 3 * DEADLINE)

    def hears_nothing(self) -> None:
        """Waits until it hears nothing for a while."""

        def is_silent() -> bool:
            before = self._sizes()
            time.sleep(_WINDOW_SECONDS)  # this is the measurement: so long nothing is to be heard
            return max(map(abs, self._since(before)), default=0) < _LOUD

        eventually(is_silent, f"{self._who} hears nothing", 3 * DEADLINE)

    def _sizes(self) -> dict[Path, int]:
        return {file: file.stat().st_size for file in self.recordings()}

    def _since(self, before: dict[Path, int]) -> "array[int]":
        """What was written since then into the newest recording."""
        newest = self.recordings()[-1:]
        if not newest:
            return array("h")
        data = newest[0].read_bytes()[max(_HEADER_BYTES, before.get(newest[0], 0)) :]
        return array("h", data[: len(data) // 2 * 2])
