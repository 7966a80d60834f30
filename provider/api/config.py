"""What the settings say about the API: the REST framework's defaults and the frame of the OpenAPI document."""

from __future__ import annotations

from typing import Any

# The defaults are those of ScopedViewSet, so that a view which forgets to derive from it is shut, not open.
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["provider.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["provider.api.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["provider.api.throttle.TokenThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["provider.api.parsing.StrictJsonParser"],
    "DEFAULT_SCHEMA_CLASS": "provider.api.openapi.schema.Schema",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "provider.api.negotiation.AlwaysJson",
    "EXCEPTION_HANDLER": "provider.api.problems.handle",
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,  # with the index of each
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

DESCRIPTION = """
What a reseller needs to run the service under its own name. Every answer is scoped to the owner of the token: what
belongs to somebody else is not there (404).

* **Authentication**: `Authorization: Bearer TOKEN` with each request.
* **Ids** are UUIDs and stay. **Times** are RFC 3339 in UTC. **Numbers** are E.164 with the plus.
* **Pages**: `results` holds at most `page_size` rows; follow `next` and `previous`, which are whole addresses.
* **Writes** are done as a whole or not at all. `?dry_run=1` does one, answers and undoes it. A POST with an
  `Idempotency-Key` may be sent again within a day: it is done once. `If-Match` with the `ETag` of your last read
  keeps you from undoing what others did. `POST …/bulk/` does up to 1,000 at once.
* **Answers** have the members of `?fields=`, where you name some; `?expand=` writes references out; `?count=1` counts
  the rows of a list.
* **Errors** are problem documents (RFC 9457, `application/problem+json`); `errors` names each field that is wrong.
  A query parameter that is not listed here, or has no value, is refused with 400, so that a typing error never shows
  too much.
* **Start** with `/api/quickstart/`; what goes wrong is explained at `/api/problems/`, what changes at
  `/api/changelog/`.
"""

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Freiton API",
    "DESCRIPTION": DESCRIPTION.strip(),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DEFAULT_GENERATOR_CLASS": "provider.api.openapi.generator.Generator",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "LICENSE": {"name": "Apache-2.0"},
    "EXTERNAL_DOCS": {"url": "/api/quickstart/", "description": "From token to ringing phone with curl"},
    "ENUM_NAME_OVERRIDES": {
        "TokenStateEnum": "accounts.choices.TokenState",
        "RoleEnum": "accounts.choices.Role",
        "CallSettingsCalledNumberInEnum": "subscribers.choices.CalledNumberIn",
        "DesiredActionEnum": "desired.changes.ACTIONS",
        "DesiredKindEnum": "desired.kinds.all.NAMES",
        "DesiredStateEnum": "desired.api.items.STATES",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "provider.api.openapi.generator.complete",
    ],
}
