"""The transaction layer of RFC 3261 §17 with RFC 6026: pure, everything it wants done is a return value."""
