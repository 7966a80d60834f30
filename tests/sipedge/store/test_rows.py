"""Rows as columns."""

from sipedge.registrar.binding import Binding
from sipedge.store import rows
from tests.sipedge.store.stock import a_binding


def test_a_row_names_all_of_the_binding_and_what_was_known() -> None:
    old, new = a_binding(), a_binding(cseq=2)

    assert rows.upsert_row(7, old, new) == (7, *new, old.expires_at)
    assert rows.upsert_row(7, None, new)[-1] is None
    assert rows.delete_row(7, old) == (7, old.key, old.expires_at)


def test_columns_are_in_the_order_of_aor_and_key() -> None:
    one, two = a_binding("a"), a_binding("b")
    batch = [rows.upsert_row(9, None, one), rows.upsert_row(3, None, two), rows.upsert_row(3, None, one)]

    columns = rows.columns(batch)

    assert columns[0] == (3, 3, 9)
    assert columns[1] == ("key-a", "key-b", "key-a")
    assert len(columns) == len(Binding._fields) + 2
