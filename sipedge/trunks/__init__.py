"""Gateways as peers: where they are reached, whether they are up, registration, challenges. Pure."""
