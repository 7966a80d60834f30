"""The login form: one sentence when it does not work, whatever the reason, and a wait after too many tries."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.throttle import LoginAttempt


class LoginForm(AuthenticationForm):
    """User name and password, throttled. Needs the request, whose REMOTE_ADDR is the source."""

    error_messages = {
        "invalid_login": _("User name and password do not fit together. Please check both."),
        "inactive": _("User name and password do not fit together. Please check both."),
        "throttled": _("Too many failed attempts. Please wait a quarter of an hour and try again."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["password"].label = _("Password")

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError: throttled before the password is looked at, invalid_login after."""
        source = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        attempt = LoginAttempt(self.cleaned_data.get("username", ""), source)
        if attempt.is_refused():
            raise ValidationError(self.error_messages["throttled"], "throttled")
        try:
            cleaned = super().clean()
        except ValidationError:
            attempt.failed()
            raise
        if self.get_user() is not None:
            attempt.succeeded()
        return cleaned or self.cleaned_data
