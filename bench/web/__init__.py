"""What panel, portal and API take with a million subscribers (PERFORMANCE, "Panel and API"): `make bench-web`."""
