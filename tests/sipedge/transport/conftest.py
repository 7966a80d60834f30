"""The transport tests run on asyncio's own loop and on uvloop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
import uvloop

from sipedge.transport.manager import Address
from tests.sipedge.transport.loopback import Edge, Phone
from tests.sipedge.transport.peers import Peer

StartEdge = Callable[..., Awaitable[Edge]]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """pytest-asyncio runs each test once on each of them."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def start_edge() -> AsyncIterator[StartEdge]:
    """Starts transports; they are stopped after the test."""
    edges: list[Edge] = []

    async def start(*addresses: Address, **settings: Any) -> Edge:
        edge = Edge(**settings)
        edges.append(edge)
        await edge.start(*addresses)
        return edge

    yield start
    for edge in edges:
        await edge.transports.stop()


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    """A UDP peer at 127.0.0.1."""
    opened = Phone()
    yield opened
    opened.close()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """A TCP server at 127.0.0.1."""
    listening = Peer()
    await listening.listen()
    yield listening
    await listening.close()
