"""`make profile`: where the time of a registration and of a call goes in the edge (docs/performance.md)."""
