"""What the figures were taken on."""

import json
import re

from bench import machine


def test_all_of_it_is_known() -> None:
    about = machine.describe()
    assert json.loads(json.dumps(about)) == about
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", str(about["date"]))
    for name in ("processor", "kernel", "python", "postgresql", "uvloop"):
        assert about[name], name
    assert int(about["cores"]) >= 1
    assert int(about["memory_mb"]) > 100
