"""Facts and bindings: what the edge reads from PostgreSQL and writes to it."""
