"""What the OpenAPI document says of parameters and headers that all collections take alike."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter

ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 201], description="Names this version; send it as If-Match."
)
DRY_RUN = OpenApiParameter(
    "dry_run",
    bool,
    description="Do, answer and undo: nothing is kept. The answer is 200, with what it would have been.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Your name for this request, such as a UUID: sent again within a day it is not done again, and "
    "answered the same.",
)


def if_match(*, is_required: bool) -> OpenApiParameter:
    """Which version a write is about."""
    words = "The ETag of the version that is meant, or * for whichever it is."
    return OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=is_required, description=words)
