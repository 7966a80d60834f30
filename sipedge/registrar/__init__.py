"""The registrar of RFC 3261 §10, as functions of what is registered and what was asked."""
