"""The edge as a process's heart: sockets, clock and store around the engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from sipedge.config import EdgeConfig
from sipedge.engine import Engine, Outside
from sipedge.entropy import Entropy
from sipedge.renewal import Renewal
from sipedge.shared.hub import Hub
from sipedge.shared.load import LoadHub
from sipedge.shared.recount import Recount
from sipedge.sip.flow import Flow
from sipedge.store.interfaces import Store
from sipedge.telemetry import Telemetry
from sipedge.transport.certificates import Certificates
from sipedge.transport.manager import Transports

TICK: Final = 0.05  # seconds between two looks at the timers, of which the shortest (T1) is 0.5: each look wakes us up
DRAIN_SECONDS: Final = 5.0


class Edge:
    """One running SIP edge. Raises CertificateError: a certificate of the configuration cannot be used."""

    def __init__(self, config: EdgeConfig, store: Store, telemetry: Telemetry) -> None:
        self._config = config
        self._store = store
        self._ticker: asyncio.TimerHandle | None = None
        outside = Outside(time.monotonic, time.time, Entropy(), self._send, self._peer_names, self._reuse, self._abort)
        self._engine = Engine(config, store, telemetry, outside)
        certificates = Certificates(config.tls) if config.tls.certificates else None
        self._renewal = Renewal(certificates) if certificates else None
        self._transports = Transports(
            self._engine.receive, self._engine.flow_failed, self._engine.connection_closed,
            config.limits, certificates, config.ws_origins, self._refuses, self._spares,
        )  # fmt: skip
        telemetry.security_log.edge = config.name
        self._hub = Hub(config.redis_url, self._engine.services.guard, telemetry.security_log)
        services = self._engine.services
        self._load = LoadHub(config.redis_url, config.name, services.counts, services.rates)
        self._recount = Recount(store.open_calls, services.counts, config.name, lambda: self._load.telling)
        telemetry.watch(self._counts)

    async def start(self) -> None:
        """Load what must be in memory, then listen. Raises StoreUnavailable or TransportError."""
        await self._store.start()
        await self._recount.start()
        await self._transports.start([(one.transport, one.host, one.port) for one in self._config.listeners])
        self._hub.start()
        self._load.start()
        if self._renewal is not None:
            self._renewal.start()
        self._tick()

    async def stop(self) -> None:
        """Take no new work, answer all that came before, let it come to its end (within bounds), then close."""
        self._transports.pause_accepting()
        self._engine.drain()
        deadline = time.monotonic() + DRAIN_SECONDS
        await asyncio.sleep(TICK)  # for what the streams hold
        while self._owes_an_answer() and time.monotonic() < deadline:  # noqa: ASYNC110  the layer is pure: no event
            await asyncio.sleep(TICK)
        await self._recount.stop()
        await self._store.stop()
        await asyncio.gather(self._hub.stop(), self._load.stop())
        await self._engine.services.resolver.close()
        if self._ticker is not None:
            self._ticker.cancel()
        if self._renewal is not None:
            self._renewal.stop()
        await self._transports.stop()

    def _owes_an_answer(self) -> bool:
        return self._engine.unanswered > 0 or self._transports.has_unread

    def reload(self) -> None:
        """Read the certificates again, for the connections to come."""
        if self._renewal is not None:
            self._renewal.reload()

    def _send(self, data: bytes, flow: Flow) -> None:
        self._transports.send(data, flow)

    def _peer_names(self, flow: Flow) -> tuple[str, ...]:
        return self._transports.peer_names(flow)

    def _reuse(self, flow: Flow, port: int, name: str) -> None:
        self._transports.reuse(flow, port, name)

    def _abort(self, flow: Flow, why: str) -> None:
        self._transports.abort(flow, why)

    def _refuses(self, host: str) -> bool:
        return self._engine.services.guard.refuses(host, time.monotonic())

    def _spares(self, host: str) -> bool:
        return self._store.gateways.by_source(host) is not None

    def _tick(self) -> None:
        self._engine.tick()
        self._ticker = asyncio.get_running_loop().call_later(TICK, self._tick)

    def _counts(self) -> Mapping[str, int]:
        return {
            **self._engine.counts(),
            **self._store.counts(),
            "redis_up": int(self._hub.is_up and self._load.is_up),
            **self._transports.counts(),
        }
