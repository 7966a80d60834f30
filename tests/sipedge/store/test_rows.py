"""Rows as columns."""

import pytest

from sipedge.registrar.binding import Binding
from sipedge.store import rows
from tests.sipedge.store.stock import a_binding


def test_a_row_names_all_of_the_binding_and_what_was_known() -> None:
    old, new = a_binding(), a_binding(cseq=2)

    assert rows.upsert_row(7, old, new) == (7, *new, old.expires_at)
    assert rows.upsert_row(7, None, new)[-1] is None
    assert rows.delete_row(7, old) == (7, old.key, old.expires_at)


def test_arguments_are_in_the_order_of_aor_and_key() -> None:
    one, two = a_binding("a"), a_binding("b", flow="udp:192.0.2.1:5060")
    batch = [rows.upsert_row(9, None, one), rows.upsert_row(3, None, two), rows.upsert_row(3, None, one)]

    arguments = rows.upsert_arguments(batch)

    assert arguments[0] == (3, 3, 9)
    assert arguments[1] == "key-a\x1fkey-b\x1fkey-a"
    assert arguments[8] == "\x1e\x1fudp:192.0.2.1:5060\x1f\x1e"
    assert len(arguments) == len(Binding._fields) + 2


def test_a_separator_inside_a_text_cannot_shift_the_rows_that_follow() -> None:
    batch = [rows.upsert_row(1, None, a_binding(user_agent="x\x1fy")), rows.upsert_row(2, None, a_binding())]

    with pytest.raises(ValueError, match="separator"):
        rows.upsert_arguments(batch)


def test_rows_to_delete_are_sorted_too() -> None:
    one, two = a_binding("a"), a_binding("b")

    arguments = rows.delete_arguments([rows.delete_row(1, two), rows.delete_row(1, one)])

    assert arguments[:2] == [(1, 1), ("key-a", "key-b")]


def test_a_renewal_changes_what_its_statement_writes_and_nothing_else() -> None:
    known = a_binding()
    renewed = {"call_id": "another", "cseq": 9, "expires_at": known.expires_at + 60}
    for name, value in zip(Binding._fields, known, strict=True):
        new = known._replace(**{name: renewed.get(name, f"{value}x" if isinstance(value, str) else 7)})
        assert rows.is_renewal(known, new) == (name in renewed), name
    assert not rows.is_renewal(None, known)


def test_the_arguments_of_renewals() -> None:
    known, new = a_binding(), a_binding(cseq=2, call_id="c2")
    batch = [rows.renewal_row(9, known, new), rows.renewal_row(3, known, new)]

    assert rows.renewal_arguments(batch) == [
        (3, 9), "key-phone\x1fkey-phone", "c2\x1fc2", (2, 2), (new.expires_at,) * 2, (known.expires_at,) * 2
    ]  # fmt: skip
