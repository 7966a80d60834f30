"""Tones that a phone plays, and how strong a tone is in what a phone heard."""

import math
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

RATE: Final = 8000  # samples a second, as G.711 has them
_AMPLITUDE: Final = 8000


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
