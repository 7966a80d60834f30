"""What the edge costs and holds, measured beside Kamailio: `python -m bench` (docs/performance.md)."""
