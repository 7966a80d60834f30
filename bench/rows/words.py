"""How samples stand in the table's cells."""

from __future__ import annotations

from bench.work import Samples


def cost(samples: Samples) -> str:
    """CPU µs of each piece of work: all of it, and PostgreSQL's share."""
    if not samples.samples:
        return "not held" if samples.name == "edge" else "–"
    return f"{samples.total} µs, of it PostgreSQL {samples.database.median:.0f}"


def times(samples: Samples) -> str:
    """Response times."""
    if not samples.samples:
        return "–"
    return f"{samples.percentile(0.5).median:.0f} and {samples.percentile(0.99).median:.0f} ms"
