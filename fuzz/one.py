"""`python -m fuzz.one MODULE:FUNCTION [options of libFuzzer]`: one target under atheris, guided by its coverage."""

from __future__ import annotations

import importlib
import logging
import sys

import atheris


def main() -> None:
    """Fuzz until libFuzzer's options say that it is enough; it ends the process itself."""
    logging.disable()  # the edge says much about what it is sent here
    module, _, function = sys.argv[1].partition(":")
    with atheris.instrument_imports(include=["sipedge", module]):
        target = getattr(importlib.import_module(module), function)
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
