"""Files stay below 400 lines and functions below 40 (STYLE: most are far smaller).

An exception is listed with its reason; the lists only shrink: an entry that is no longer needed fails too.
"""

from tests.architecture.sources import ROOMS, functions, line_count, modules, short

LONGEST_FILE = 400
LONGEST_FUNCTION = 40

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def test_files_are_short() -> None:
    long = {short(path) for path in modules(*ROOMS, "bench", "tests") if line_count(path) > LONGEST_FILE}
    assert long == set(LONG_FILES)


def test_functions_are_short() -> None:
    found = [function for path in modules(*ROOMS, "bench", "tests") for function in functions(path)]
    long = {f"{function.file}:{function.name}" for function in found if function.lines > LONGEST_FUNCTION}
    assert long == set(LONG_FUNCTIONS)
