"""The API as a program of a reseller uses it: requests with a token over HTTP, and one that waits for its answer."""

from __future__ import annotations

import http.client
import json
import select
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

PREFIX: Final = "/api/v1/"
SECONDS: Final = 40.0  # longer than a request may wait for events
PACE: Final = 0.2
"""Seconds between two requests with a token: 300 in a minute."""

_asked_at: dict[str, float] = {}


class Asked:
    """A request that was sent; use it as a context, so that its connection is closed."""

    def __init__(self, at: tuple[str, int], method: str, target: str, headers: Mapping[str, str], body: Any) -> None:
        self._asked = f"{method} {target}"
        self._connection = http.client.HTTPConnection(*at, timeout=SECONDS)
        content = None if body is None else json.dumps(body).encode()
        self._connection.request(method, target, content, dict(headers))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def is_answered_within(self, seconds: float) -> bool:
        """Whether an answer begins in this time."""
        return bool(select.select([self._connection.sock], [], [], seconds)[0])

    def answer(self) -> tuple[Any, Mapping[str, str]]:
        """What is answered, None for nothing, and the headers by their names in lower case. It must be a success."""
        response = self._connection.getresponse()
        text = response.read().decode()
        assert 200 <= response.status < 300, (self._asked, response.status, text)
        return (json.loads(text) if text else None), {name.lower(): value for name, value in response.getheaders()}


def _keep_pace(token: str) -> None:
    """Who asks again and again until something is so stays below the limit of requests, which counts by token."""
    time.sleep(max(0.0, _asked_at.get(token, 0.0) + PACE - time.monotonic()))
    _asked_at[token] = time.monotonic()


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Who asks: where the web listens, and the token."""

    at: tuple[str, int]
    token: str

    def begin(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Asked:
        """Sends a request, and does not wait. path: of a resource under /api/v1/, or an address that was answered."""
        target = path[path.index(PREFIX) :] if PREFIX in path else PREFIX + path
        if query:
            target += ("&" if urlsplit(target).query else "?") + urlencode(query)
        _keep_pace(self.token)
        common = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return Asked(self.at, method, target, common | dict(headers or {}), body)

    def get(self, path: str, **query: Any) -> Any:
        """What is read."""
        return self._done("GET", path, **query)

    def post(self, path: str, body: Any = None) -> Any:
        """What is answered to a POST."""
        return self._done("POST", path, body)

    def remove(self, path: str) -> None:
        """Removes a resource as it is now."""
        with self.begin("GET", path) as asked:
            _, headers = asked.answer()
        self._done("DELETE", path, headers={"If-Match": headers["etag"]})

    def _done(self, method: str, path: str, body: Any = None, **given: Any) -> Any:
        with self.begin(method, path, body, **given) as asked:
            return asked.answer()[0]
