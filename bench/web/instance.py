"""The instance that is measured: PostgreSQL and Valkey of its own in one folder, and the variables of the web on it.

Django reads its settings when it is first imported: `Instance.start` comes before `django.setup()`.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet

from provider.run.keys import write_private
from provider.run.postgres import EmbeddedPostgres
from provider.run.valkey import EmbeddedValkey

# What an operator may have set for a real instance must not lead here to that one's data.
OPERATOR_VARIABLES = (
    "HTTP_BIND", "SIP_BIND", "METRICS_BIND", "SIP_ADVERTISE", "PUBLIC_URL", "TRUSTED_PROXIES", "EDGE_NAME", "DEMO",
)  # fmt: skip


class Instance:
    """PostgreSQL and Valkey in `folder`, kept for the next run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._postgres: EmbeddedPostgres | None = None
        self._valkey = EmbeddedValkey(self.folder / "valkey")

    def start(self, *, durable: bool) -> None:
        """Start both and set the variables. Not `durable`: while data is written; what is measured is durable."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._postgres = EmbeddedPostgres(self.folder / "postgres", durable=durable)
        for name in OPERATOR_VARIABLES:
            os.environ.pop(name, None)
        os.environ |= {
            "DATABASE_URL": self._postgres.start(),
            "REDIS_URL": self._valkey.start(),
            "DATA_DIR": str(self.folder / "data"),
            "SECRET_KEY": self._key("secret_key"),
            "CREDENTIAL_KEYS": self._key("credential_key"),
            "EMAIL_URL": "memorymail://",
            "DJANGO_SETTINGS_MODULE": "provider.settings",
        }

    def harden(self) -> None:
        """Start PostgreSQL again as an instance of the product runs it; its port stays."""
        if self._postgres is None:
            return
        self._postgres.stop()
        self._postgres = EmbeddedPostgres(self.folder / "postgres")
        self._postgres.start()

    def end_left_over(self) -> None:
        """End what a run that was killed left behind."""
        EmbeddedPostgres(self.folder / "postgres").end_left_over()
        self._valkey.end_left_over()

    def stop(self) -> None:
        """End both."""
        if self._postgres is not None:
            self._postgres.stop()
        self._valkey.stop()

    def _key(self, name: str) -> str:
        file = self.folder / name
        if not file.exists():
            write_private(file, Fernet.generate_key().decode())
        return file.read_text()
