"""Kamailio as the reference: its tables, its configuration in five modes, and its process."""
