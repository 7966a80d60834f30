"""`python -m sipedge`: run one SIP edge until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sipedge.config import ConfigError, EdgeConfig, load_config
from sipedge.edge import Edge
from sipedge.listeners import describe
from sipedge.log_lines import set_up_logging
from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.postgres import PostgresStore
from sipedge.telemetry import LOG, Telemetry
from sipedge.transport.certificates import CertificateError
from sipedge.transport.manager import TransportError

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Run the edge. Returns the exit code; what went wrong was said in one line on standard error."""
    set_up_logging(LOG)
    sys.unraisablehook = _log_unraisable
    try:
        config = load_config(os.environ)
        _run(_serve(config))
    except (ConfigError, CertificateError, StoreUnavailable, TransportError) as error:
        LOG.error("x edge stops: %s", error)
        return 1
    except OSError as error:
        LOG.error("x edge stops: %s", error)
        return 1
    return 0


async def _serve(config: EdgeConfig) -> None:
    telemetry = Telemetry()
    telemetry.log_messages = config.log_messages
    store = PostgresStore(config.database_url, config.credential_keys)
    edge = Edge(config, store, telemetry)
    stopping = asyncio.Event()
    for number in ENDING_SIGNALS:
        _on_signal(number, stopping.set)
    _on_signal(signal.SIGHUP, edge.reload)
    await edge.start()  # what asks for the end meanwhile gets it right after
    stop_metrics = telemetry.serve(config.metrics_bind.host, config.metrics_bind.port)
    pid_file = _write_pid(config.run_dir / "edge.pid")
    _spare_the_collector()
    LOG.info("= edge %s answers on %s", config.name, describe(config.listeners))
    await stopping.wait()
    LOG.info("= edge %s drains", config.name)
    await edge.stop()
    stop_metrics()
    pid_file.unlink(missing_ok=True)
    LOG.info("x edge %s ended", config.name)
    _ignore_signals()


def _on_signal(number: signal.Signals, action: Callable[[], object]) -> None:
    """Has the loop call `action` at each such signal.

    Not by the loop's add_signal_handler: what that takes away again it leaves to the kernel for a moment, which kills.
    """
    loop = asyncio.get_running_loop()
    signal.signal(number, lambda *_: loop.call_soon_threadsafe(action))


def _ignore_signals() -> None:
    """Who asks again what has been done gets no other end."""
    for number in (*ENDING_SIGNALS, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _log_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """What Python can only print, in one line; strangers cause it by TLS server names that are not ASCII."""
    is_ours = not isinstance(unraisable.exc_value, UnicodeDecodeError)
    LOG.log(logging.ERROR if is_ours else logging.DEBUG, "x ignored: %r", unraisable.exc_value)


def _spare_the_collector() -> None:
    """Transactions live half a minute by the hundred thousand and are no garbage: look at them less often."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _write_pid(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{os.getpid()}\n")
    return path


def _run(main_coroutine) -> None:  # type: ignore[no-untyped-def]
    """On uvloop where there is one, else on asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main_coroutine)
    else:
        uvloop.run(main_coroutine)


if __name__ == "__main__":
    sys.exit(main())
