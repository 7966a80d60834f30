"""How log lines are written: one line an event on standard error, with the time in UTC.

Every call tells two of them, so what `logging` would find out for each and nobody reads (file, line, thread, process)
is switched off, and the second is put into words once.
"""

from __future__ import annotations

import logging
import time


class LineFormatter(logging.Formatter):
    """`2026-11-23T06:00:00.123Z INFO = what happened`; an exception's trace follows in lines of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime
        self._second = -1
        self._words = ""

    def format(self, record: logging.LogRecord) -> str:
        """The text of a record."""
        if record.exc_info or record.exc_text or record.stack_info:
            return super().format(record)
        second = int(record.created)
        if second != self._second:
            self._second, self._words = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._words}.{int(record.msecs):03d}Z {record.levelname} {record.getMessage()}"


def set_up_logging(log: logging.Logger) -> None:
    """Have this logger's lines written from INFO on, and nowhere else."""
    logging._srcfile = None  # as logging's own documentation recommends
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
