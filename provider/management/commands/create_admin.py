"""`manage.py create_admin`: the first administrator of an installation without demo data, or one more."""

import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.choices import Role
from accounts.models import User


class Command(BaseCommand):
    """Makes a user with the role of administrator. A password that is not given is made, and shown once."""

    help = "Make an administrator. Without --password-stdin a password is generated and shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument("username", nargs="?", default="admin", help="the login name (admin)")
        parser.add_argument("--email", default="", help="where mail for this person goes")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *_: Any, username: str, email: str, password_stdin: bool, **_options: Any) -> None:
        """Makes the user; says what is wrong with a name, an address or a password that cannot be used."""
        user = User(username=username, email=email, role=Role.ADMIN, is_staff=True, is_superuser=True)
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(15)
        try:
            validate_password(password, user)
            user.set_password(password)
            user.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.save()
        self.stdout.write(f"Administrator {username} made.")
        if not password_stdin:
            self.stdout.write(f"Password, shown only now: {password}")
