"""A new reseller in a running platform, and what it asks over HTTP: for measures beside `make run`."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

PATIENCE: Final = 600.0
"""Seconds for one answer."""


class Reseller(NamedTuple):
    """A new one with a domain and a block of its own. prefix: what its numbers begin with; six digits follow."""

    token: str
    domain: str
    prefix: str

    def ask(self, address: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
        """The answer's body; with a body of one's own it is a POST. Raises urllib.error.URLError."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=PATIENCE) as answer:  # noqa: S310
            content: bytes = answer.read()
        return content


def data_folder() -> Path:
    """The platform's."""
    return Path(os.environ.get("DATA_DIR", "var"))


def api_address() -> str:
    """Where the platform's API is, with its slash."""
    address: str = json.loads((data_folder() / "demo.json").read_text())["api"]["url"]
    return address


def new_reseller(numbers: int) -> Reseller:
    """Made by the models, in the platform's database, with a block of so many numbers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")
    import django

    django.setup()
    from accounts.actions import create_token
    from accounts.choices import Role, Scope
    from accounts.models import Reseller as Owner
    from accounts.models import User
    from numbering.models import NumberBlock
    from subscribers.models import Domain

    mark = uuid4().hex[:8]
    owner = Owner.objects.create(name=f"Bench {mark}")
    user = User.objects.create_user(f"bench-{mark}", role=Role.RESELLER, reseller=owner)
    domain = Domain.objects.create(reseller=owner, name=f"{mark}.bench.example.org")
    prefix = f"+99{Owner.objects.count():05}"
    NumberBlock.objects.create(reseller=owner, first=f"{prefix}{0:06}", last=f"{prefix}{max(numbers, 1) - 1:06}")
    return Reseller(create_token(user, "bench", [Scope.WRITE])[1], domain.name, prefix)
