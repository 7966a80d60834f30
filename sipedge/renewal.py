"""Certificates that are renewed while the edge runs: files that change are read again, and on SIGHUP at once.

Connections that stand keep what they began with; new ones get what is there now.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from sipedge.telemetry import LOG
from sipedge.transport.certificates import CertificateError, Certificates

LOOK: Final = 5.0  # seconds between two looks at the files


class Renewal:
    """Keeps `certificates` as their files are. Lives from `start` to `stop`, inside a running loop."""

    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Say what is in use, and begin to look."""
        self._tell()
        self._task = asyncio.get_running_loop().create_task(self._look())

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    def reload(self) -> None:
        """Read the files again now, whether they changed or not."""
        self._wanted.set()

    async def _look(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK):
                    await self._wanted.wait()
            except TimeoutError:
                pass
            is_wanted = self._wanted.is_set()
            self._wanted.clear()
            await asyncio.to_thread(self._renew, is_wanted)

    def _renew(self, is_wanted: bool) -> None:
        has_changed = self._certificates.have_changed()
        if not is_wanted and not has_changed:
            return
        try:
            self._certificates.reload()
        except CertificateError as error:
            LOG.error("x certificates stay as they were: %s", error)
        else:
            self._tell()

    def _tell(self) -> None:
        for certificate in self._certificates.all:
            names = ", ".join(certificate.names) or "no name"
            until = datetime.fromtimestamp(certificate.expires_at, UTC)
            LOG.info("= certificate for %s is used, valid until %s", names, f"{until:%Y-%m-%d %H:%M} UTC")
