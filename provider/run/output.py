"""One readable stream of what all parts say: time, part, line."""

import sys
import time
from collections import deque
from typing import TextIO

LONGEST_LINE = 65_536  # bytes: a part that never ends its line must not fill our memory
LINES_KEPT = 200  # for the sentence on why a part died
NAME_WIDTH = 8
COLOURS = {"web": "\033[36m", "worker": "\033[35m", "edge": "\033[32m", "prepare": "\033[34m"}
RESET = "\033[0m"
FATAL = "Error"


def printable(line: str) -> str:
    """The line without control characters: what a stranger sent must not steer the operator's terminal."""
    return "".join(character if character.isprintable() or character == "\t" else "�" for character in line)


class Output:
    """Writes whole lines; colours only on a terminal. A reader that went away silences it."""

    def __init__(self, target: TextIO | None = None) -> None:
        self._target = target or sys.stdout
        self.colour = self._target.isatty()

    def line(self, name: str, text: str) -> None:
        """Writes one line of a part, now."""
        clock = time.strftime("%H:%M:%S")
        colour, reset = (COLOURS.get(name, ""), RESET) if self.colour else ("", "")
        self.plain(f"{clock} {colour}{name:<{NAME_WIDTH}}{reset} {printable(text)}")

    def plain(self, text: str) -> None:
        """Writes text as it is, for the person who started us."""
        try:
            self._target.write(text + "\n")
            self._target.flush()
        except (BrokenPipeError, ValueError):
            return


class LineReader:
    """Cuts the bytes of one part into lines, and remembers the last ones."""

    def __init__(self, name: str, output: Output) -> None:
        self._name = name
        self._output = output
        self._rest = b""
        self.last: deque[str] = deque(maxlen=LINES_KEPT)

    def feed(self, data: bytes) -> None:
        """Takes what was just read; whole lines go out at once."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._say(line)

    def close(self) -> None:
        """Lets out a last line that was never ended."""
        if self._rest:
            self._say(self._rest)
            self._rest = b""

    def _say(self, raw: bytes) -> None:
        text = raw.decode("utf-8", "replace").rstrip()
        if text:
            self.last.append(text)
            self._output.line(self._name, text)

    def last_words(self) -> str:
        """The line that most likely says why the part ended: the last one that names an error, else the last."""
        telling = [line for line in self.last if FATAL in line and not line.startswith(" ")]
        return printable((telling or list(self.last) or ["it said nothing"])[-1].strip())
