"""The call settings of subscribers in the API."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from accounts.choices import Area, Role
from calls.explain.facts import Facts
from portal.api.serializers import CallSettingsChangeSerializer, CallSettingsSerializer
from provider.api.writing import Bulk, Changing, Replacing
from subscribers.api.views import SubscriberFilter
from subscribers.models import Subscriber


@extend_schema_view(partial_update=extend_schema(request=CallSettingsChangeSerializer))
class CallSettingsViewSet(Changing, Replacing, Bulk):
    """What subscribers may call, and what is done with calls to and from them: one document each, with the subscriber's
    id. Customers set their wishes; what may be called, limits and the numbers of others are set for them."""

    areas = [Area.SUBSCRIBERS]
    writers = frozenset(Role)
    # Nothing is joined that another transaction may change: a row that was waited for is read as it is then.
    queryset = Subscriber.objects.select_related("domain", "customer").prefetch_related(
        "call_settings", "forwardings", "caller_rules", "shown_numbers"
    )
    serializer_class = CallSettingsSerializer
    filterset_class = SubscriberFilter
    orderings = {"username": "username"}
    default_ordering = "username"
    search_lookups = ["username__startswith"]

    def get_serializer_context(self) -> dict[str, Any]:
        """With what the edge knows, read once for all rows."""
        return {**super().get_serializer_context(), "facts": lambda: self._facts}

    @cached_property
    def _facts(self) -> Facts:
        return Facts()
