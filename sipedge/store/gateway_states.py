"""What this edge knows of gateways, on its way to PostgreSQL: nobody waits for it.

Of each gateway the latest is kept until it can be written. What PostgreSQL refuses, of a gateway that has just been
removed, is forgotten: it is said again soon, or nobody needs it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sipedge.facts import GatewayStateRecord
from sipedge.store.commit import REFUSED

if TYPE_CHECKING:
    from sipedge.store.link import Connection

MAX_TEXT: Final = 200
"""Characters of an error: it stands in a list."""

_TIMES: Final = frozenset({"saved_at", "since", "checked_at", "registered_until"})
_TYPES: Final = {
    "gateway_id": "int8",
    "is_up": "bool",
    "last_status": "int4",
    "round_trip_ms": "int4",
    "registration_status": "int4",
    **dict.fromkeys(_TIMES, "float8"),
}
_FIELDS: Final = GatewayStateRecord._fields
_COLUMNS: Final = ", ".join(_FIELDS)
_ARRAYS: Final = ", ".join(f"${n}::{_TYPES.get(name, 'text')}[]" for n, name in enumerate(_FIELDS, 1))
_VALUES: Final = ", ".join(f"to_timestamp(n.{name})" if name in _TIMES else f"n.{name}" for name in _FIELDS)
_ASSIGNMENTS: Final = ", ".join(f"{name} = excluded.{name}" for name in _FIELDS[2:])

# S608: built from the fields of our own tuple alone.
SAVE: Final = f"""
    INSERT INTO edge_gateway_state AS s ({_COLUMNS})
    SELECT {_VALUES} FROM unnest({_ARRAYS}) AS n ({_COLUMNS}) WHERE n.gateway_id IN (SELECT id FROM edge_gateway)
    ON CONFLICT (gateway_id, edge) DO UPDATE SET {_ASSIGNMENTS}"""  # noqa: S608

log = logging.getLogger("sipedge.store")


class GatewayStateWriter:
    """See interfaces.GatewayStateStore. request_commit: says that there is something to write."""

    def __init__(self, request_commit: Callable[[], None]) -> None:
        self._request_commit = request_commit
        self._waiting: dict[tuple[int, str], GatewayStateRecord] = {}

    def __len__(self) -> int:
        """Gateways of which something waits."""
        return len(self._waiting)

    def save(self, state: GatewayStateRecord) -> None:
        """Write this in the next cycle."""
        self._waiting[state.gateway_id, state.edge] = state
        self._request_commit()

    async def write(self, connection: Connection) -> None:
        """Write what waits. Raises what PostgreSQL raises; then it waits on, unless it was refused for its data."""
        taken, self._waiting = self._waiting, {}
        try:
            await connection.execute(SAVE, *_arguments(list(taken.values())))
        except REFUSED as error:
            log.warning("= store: the state of %d gateways was refused: %r", len(taken), error)
        except BaseException:
            self._waiting = {**taken, **self._waiting}
            raise


def _arguments(states: list[GatewayStateRecord]) -> list[tuple[Any, ...]]:
    """One for each column, sorted by key: who locks in one order is never in a deadlock."""
    return list(zip(*sorted(map(_clean, states), key=lambda state: state[:2]), strict=True))


def _clean(state: GatewayStateRecord) -> GatewayStateRecord:
    return state._replace(
        last_error=_text(state.last_error), registration_error=_text(state.registration_error), edge=_text(state.edge)
    )


def _text(text: str) -> str:
    """Short text that PostgreSQL takes: valid UTF-8 without NUL; what the far end sent is in it."""
    return text[:MAX_TEXT].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
