"""A column for IP networks: PostgreSQL's cidr, written as text in Python."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    TextColumn = models.Field[str, str]
else:  # Django's Field takes no parameters when it runs
    TextColumn = models.Field


class NetworkField(TextColumn):
    """An IPv4 or IPv6 network such as 192.0.2.0/24; a single address becomes a network of one."""

    description = _("IP network")

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's signature
        """Return PostgreSQL's type."""
        return "cidr"

    def to_python(self, value: Any) -> str | None:
        """Return the network in its canonical form.

        Raises ValidationError when it is none, or has bits set behind its mask.
        """
        if value is None or value == "":
            return None
        text = str(value).strip()
        try:
            if "%" in text:
                raise ValueError("a zone has no meaning here")
            return str(ipaddress.ip_network(text))
        except ValueError as error:
            message = _("Not an IP address or network: %(why)s")
            raise ValidationError(message, params={"why": error}) from error

    def get_prep_value(self, value: Any) -> str | None:
        """Return what the database gets: the canonical form."""
        return self.to_python(super().get_prep_value(value))

    def formfield(self, **kwargs: Any) -> Any:
        """Return a text field; the model's validation says what is wrong."""
        from django import forms

        return super().formfield(**{"form_class": forms.CharField, **kwargs})
