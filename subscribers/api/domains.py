"""SIP domains and their aliases in the API.

Names are unique over all resellers: that one is taken is said, and never by whom. An administrator alone decides which
domain is the default one, and what is reached by an address or a name of the edge itself.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from django_filters import CharFilter
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.api.owners import reseller_of
from accounts.choices import Area, Role
from accounts.models import Reseller
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.paging import COUNTED
from provider.api.problems import Conflict
from provider.api.serializers import ApiSerializer, Choice
from provider.api.writing import Bulk, Creating, Removing, WritableViewSet
from sipedge.listeners import Listeners
from subscribers.hosts import as_host
from subscribers.models import Domain, DomainName


class HostField(serializers.CharField):
    """The name of a host: any case, and letters beyond ASCII, become what is stored."""

    default_error_messages = {
        "not_yours": "Only an administrator gives a domain an address, or a name of the platform's own machines."
    }

    def to_internal_value(self, data: Any) -> str:
        """The name as it is stored. Raises ValidationError."""
        try:
            host = as_host(super().to_internal_value(data))
        except ValueError as error:
            raise ValidationError(str(error), "invalid") from error
        if not _is_admin(self.context) and _is_of_the_platform(host):
            self.fail("not_yours")
        return host


class DomainSerializer(ApiSerializer):
    """A SIP domain with all its names."""

    name: Any = HostField(help_text="What stands behind the @. It stays; more names are aliases.")
    names: Any = serializers.SlugRelatedField("name", many=True, read_only=True)
    reseller = Choice(Reseller, required=False, help_text="Yours where it is left out; administrators have to say it.")

    fixed = ["reseller", "name"]
    default_error_messages = {
        "is_realm": "The name is part of every stored SIP password (the digest realm), so it stays. Add an alias.",
        "role_not_allowed": "An administrator sets this. You may read it, and leave it out or send it back as it is.",
    }

    class Meta:
        model = Domain
        fields = [
            "id",
            "name",
            "names",
            "is_default",
            "digest_algorithm",
            "strict_call_id",
            "is_active",
            "reseller",
            "created_at",
        ]

    def get_fields(self) -> dict[str, Any]:
        """Which domain is the default one is for administrators to say."""
        fields = super().get_fields()
        if "is_default" in fields and not _is_admin(self.context):
            fields["is_default"].read_only = True
        return fields

    def why_refused(self, name: str) -> str:
        """With the reason, where there is one of its own."""
        return {"name": "is_realm", "is_default": "role_not_allowed"}.get(name) or super().why_refused(name)

    def create(self, validated_data: dict[str, Any]) -> Domain:
        """Make a domain of the reseller's."""
        reseller = reseller_of(self.context["request"].user, validated_data.pop("reseller", None))
        domain: Domain = super().create({**validated_data, "reseller": reseller})
        return domain


class DomainAliasSerializer(ApiSerializer):
    """Another name by which phones reach a domain."""

    domain = Choice(Domain)
    name: Any = HostField(help_text="A host name; for administrators also an IP address. It exists once over all.")

    class Meta:
        model = DomainName
        fields = ["id", "domain", "name"]


class DomainFilter(FilterSet):
    """What domains can be narrowed by."""

    name = CharFilter(help_text="The whole name, or an alias of the domain.", field_name="names__name")
    is_active = YesNoFilter()


class DomainAliasFilter(FilterSet):
    """What aliases can be narrowed by."""

    domain = ReferenceFilter(Domain, field_name="domain", help_text="The domain's id.")
    name = CharFilter(help_text="The whole alias.")


class DomainViewSet(WritableViewSet):
    """SIP domains: what stands behind the @."""

    areas = [Area.SUBSCRIBERS]
    queryset = Domain.objects.select_related("reseller").prefetch_related("names")
    serializer_class = DomainSerializer
    filterset_class = DomainFilter
    orderings = {"name": "name"}
    default_ordering = "name"
    search_lookups = ["name__startswith"]

    def perform_destroy(self, row: Any) -> None:
        """Remove it, if nobody lives there and no phone that knows only the server's address belongs to it. Raises
        Conflict."""
        living = row.subscribers.visible_to(self.request.user).count_up_to(COUNTED + 1)
        if living:
            count = f"more than {COUNTED}" if living > COUNTED else str(living)
            raise Conflict(f"It is still used: {count} subscribers. Remove these before.", "in_use")
        if row.is_default:
            raise Conflict("It is the default domain. Make another one the default before.", "is_default")
        row.delete()


class DomainAliasViewSet(Creating, Removing, Bulk):
    """Other names of domains, by which phones reach them too. The digest realm is the domain's own name still."""

    areas = [Area.SUBSCRIBERS]
    queryset = DomainName.objects.filter(is_primary=False).select_related("domain")
    serializer_class = DomainAliasSerializer
    filterset_class = DomainAliasFilter
    orderings = {"name": "name"}
    default_ordering = "name"
    search_lookups = ["name__startswith"]


def _is_of_the_platform(host: str) -> bool:
    """An IP address, or a name of the machine itself: phones that know no more belong to the default domain."""
    own = {name for name, _port in Listeners(settings.ENVIRONMENT.sip_listeners).addresses()}
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host in own
    return True


def _is_admin(context: Any) -> bool:
    user: Any = getattr(context.get("request"), "user", None)
    return user is None or user.role == Role.ADMIN
