"""What the OpenAPI document says of parameters and headers that all collections take alike."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter

from provider.api.idempotency import MAX_LENGTH

ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 201], description="Names this version; send it as If-Match."
)
DRY_RUN = OpenApiParameter(
    "dry_run",
    bool,
    description="Do, answer and undo: nothing is kept. The answer is 200, with what it would have been.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of a version that you have: where it still stands the answer is 304, without a body.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="Your name for this request, such as a UUID: sent again by the same token within a day it is not done "
    "again, and answered the same. Another request under it is refused (422). What was refused is not remembered: "
    "mended, it may be sent under the same key.",
)


def if_match(*, is_required: bool) -> OpenApiParameter:
    """Which version a write is about."""
    words = "The ETag of the version that is meant, or * for whichever it is."
    return OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=is_required, description=words)
