"""Rows for tests: factories for each app, and the two resellers that every scoping test needs."""
