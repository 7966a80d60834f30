"""Certificates that change while the edge runs."""

import asyncio
import logging
import os
from pathlib import Path

import pytest

from sipedge import renewal as renewal_module
from sipedge.renewal import Renewal
from sipedge.transport.certificates import Certificates, TlsFiles
from tests.certificates import Authority, Pair


class Setting:
    """A renewal, its files, and what the log said."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.pair: Pair = self.authority.server("a.example", file="cert")
        self.certificates = Certificates(TlsFiles((self.pair.both,)))
        self.renewal = Renewal(self.certificates)
        self.lines: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """Called from the thread that reads the files."""
        self._loop.call_soon_threadsafe(self.lines.put_nowait, record.getMessage())

    async def line(self) -> str:
        return await asyncio.wait_for(self.lines.get(), 5)


@pytest.fixture
async def setting(tmp_path, monkeypatch):
    monkeypatch.setattr(renewal_module, "LOOK", 0.01)
    setting = Setting(tmp_path)
    handler = logging.Handler()
    handler.emit = setting.emit
    logger = logging.getLogger("sipedge")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    setting.renewal.start()
    yield setting
    setting.renewal.stop()
    logger.removeHandler(handler)
    logger.setLevel(level)


async def test_the_start_says_what_is_used_and_until_when(setting):
    line = await setting.line()
    assert line.startswith("= certificate for a.example is used, valid until 20")


async def test_a_file_that_changes_is_used_by_itself(setting):
    await setting.line()
    setting.authority.server("a.example", "new.example", file="cert")
    while "new.example" not in await setting.line():  # between the two files it may have found a key that does not fit
        pass
    assert setting.certificates.all[0].names == ("a.example", "new.example")


async def test_a_broken_file_keeps_the_old_one_and_says_so_once(setting):
    await setting.line()
    setting.pair.chain.write_text("broken")
    line = await setting.line()
    assert line.startswith("x certificates stay as they were: ")
    assert "cert.pem" in line
    assert setting.certificates.all[0].names == ("a.example",)
    await asyncio.sleep(0.1)
    assert setting.lines.empty()


async def test_asked_to_it_reads_files_that_look_the_same(setting):
    await setting.line()
    status = setting.pair.chain.stat()
    setting.renewal.reload()
    assert (await setting.line()).startswith("= certificate for a.example")
    os.utime(setting.pair.chain, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert setting.certificates.all[0].names == ("a.example",)
