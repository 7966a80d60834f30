"""`make soak`: everything at once for a long time, and whether the edge stays as it was (docs/performance.md)."""
