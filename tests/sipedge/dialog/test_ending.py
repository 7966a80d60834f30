"""What is kept to end a call from here."""

import json

from sipedge.dialog.ending import changed_dialog


def test_changes_take_the_place_of_what_was() -> None:
    assert json.loads(changed_dialog('{"a":1,"b":2}', '{"b":3}')) == {"a": 1, "b": 3}
    assert changed_dialog("", '{"b":3}') == '{"b":3}'
    assert changed_dialog('{"a":1}', "") == '{"a":1}'
