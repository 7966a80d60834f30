"""`manage.py explain`: why a call goes where it goes, without making it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from calls.explain import words
from calls.explain.answer import explain
from calls.explain.plain import as_plain
from calls.explain.question import METHODS, Question

OPTIONS = {"caller": "--from", "callee": "--to", "gateway": "--via", "shows": "--as", "at": "--at"}


class Command(BaseCommand):
    """Asks the edge's own code, with what stands in the database now."""

    help = (
        "Explain a call that is not yet made: who is calling, how the number is read, which rule or limit applies, "
        "which phones or gateways are tried in which order, what each is sent, and what follows when they fail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        parser.add_argument(
            "--from", dest="caller", default="", help="user@domain; a number is a call in, unless it is one of ours"
        )
        parser.add_argument("--to", dest="callee", required=True, help="digits as dialled, user@domain, or a SIP URI")
        parser.add_argument("--via", dest="gateway", default="", help="the name of the gateway that it comes in by")
        parser.add_argument("--as", dest="shows", default="", help="the number that the caller wants to be shown by")
        parser.add_argument("--at", default="", help="for what depends on the time: 2026-12-24T18:00 (now)")
        parser.add_argument("--anonymous", action="store_true", help="the caller does not want to be shown")
        parser.add_argument("--method", choices=METHODS, default="INVITE", help="what is sent (INVITE)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="for programs")

    def handle(self, *_args: Any, as_json: bool, anonymous: bool, at: str, **options: Any) -> None:
        """Prints the explanation; says what is wrong with the question, and what to do about it."""
        asked = {name: options[name] for name in ("caller", "callee", "gateway", "shows", "method")}
        question = Question(**asked, at=_moment(at), is_anonymous=anonymous)
        try:
            explanation = explain(question, None)
        except ValidationError as error:
            raise CommandError(_sentences(error)) from None
        if as_json:
            self.stdout.write(json.dumps(as_plain(explanation), indent=2, ensure_ascii=False))
        else:
            self.stdout.write(words.text(explanation))


def _moment(text: str) -> datetime | None:
    """In UTC where it names no zone. Raises CommandError."""
    if not text:
        return None
    try:
        read = parse_datetime(text)
    except ValueError:
        read = None
    if read is None:
        raise CommandError(f"--at {text}: write a time such as 2026-12-24T18:00 or 2026-12-24T18:00+01:00.")
    return read if timezone.is_aware(read) else timezone.make_aware(read)


def _sentences(error: ValidationError) -> str:
    return " ".join(
        f"{OPTIONS.get(field, field)}: {' '.join(messages)}" for field, messages in error.message_dict.items()
    )
