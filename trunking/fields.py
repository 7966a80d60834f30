"""Where migrations look for the column for IP networks; it is at home in accounts/fields.py."""

from accounts.fields import NetworkField

__all__ = ["NetworkField"]
