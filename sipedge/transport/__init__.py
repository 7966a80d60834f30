"""Sockets: UDP, TCP and, for the rooms behind, nothing but `receive(data, flow)`, `send(data, flow)` and `failed`."""
