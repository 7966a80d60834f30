"""How many requests a token may make: enough for any honest program, too few to starve the others."""

from __future__ import annotations

import time
from math import ceil
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.hits import add_hit
from accounts.models import ApiToken

# A page of 500 rows each time: 600,000 rows a minute for one token.
REQUESTS_A_MINUTE = 1_200
WINDOW = 60


class TokenThrottle(BaseThrottle):
    """Counts the requests of a token in minutes of the clock; beyond the limit the answer is 429 with Retry-After."""

    left: int | None = None

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - the framework's signature
        """False when the token has used up this minute."""
        if not isinstance(request.auth, ApiToken):
            return True
        minute = int(time.time() // WINDOW)
        used = add_hit(f"api-requests:{request.auth.pk}:{minute}", WINDOW)
        self.left = max(0, REQUESTS_A_MINUTE - used)
        return used <= REQUESTS_A_MINUTE

    def headers(self) -> dict[str, str]:
        """What every answer says: the rule, and what is left of it (draft-ietf-httpapi-ratelimit-headers-10)."""
        if self.left is None:
            return {}
        return {
            "RateLimit-Policy": f'"token";q={REQUESTS_A_MINUTE};w={WINDOW}',
            "RateLimit": f'"token";r={self.left};t={ceil(self.wait())}',
        }

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return WINDOW - time.time() % WINDOW
