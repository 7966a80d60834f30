"""The panel's pages for domains, subscribers with their credentials, and what is registered now."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.decorators import action, display

from provider.csv_rows import csv_response
from provider.panel.admin import PanelAdmin, PanelInline, ReadOnly
from provider.panel.exporting import ExportingAdmin
from provider.panel.fields import LowerCased
from provider.panel.labels import ACTIVE_TONES, active_label, clock
from subscribers import exports
from subscribers.actions import remove_binding
from subscribers.admin_call_settings import CALL_SETTINGS
from subscribers.admin_credentials import credential_page
from subscribers.choices import PhoneTransport
from subscribers.models import Binding, Domain, DomainName, SipCredential, Subscriber


class AliasInline(LowerCased, PanelInline):
    """A domain's other names."""

    model = DomainName
    fields = ["name"]
    lower_case_fields = ("name",)
    verbose_name = _("alias")
    verbose_name_plural = _("Aliases: other names and addresses by which phones reach the domain")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DomainName]:
        """Without the primary name, which is the domain's own and stays."""
        return super().get_queryset(request).filter(is_primary=False)


@admin.register(Domain)
class DomainAdmin(LowerCased, PanelAdmin):
    """SIP domains."""

    list_display = ["name", "reseller", "alias_list", "digest_algorithm", "is_default", "state"]
    list_filter = ["is_active", ("reseller", AutocompleteSelectFilter), "digest_algorithm"]
    list_select_related = ["reseller"]
    sortable_by = ["name"]
    search_fields = ["names__name__startswith"]
    search_help_text = _("Beginning of the name or of an alias")
    autocomplete_fields = ["reseller"]
    fields = ["name", "reseller", "digest_algorithm", "strict_call_id", "is_default", "is_active"]
    lower_case_fields = ("name",)
    inlines = [AliasInline]
    empty_title = _("No domains yet")
    empty_text = _("A domain is what stands behind the @ of an address: alice@example.org. Add one for a reseller.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Domain]:
        """With the aliases, in one query for the page."""
        aliases = DomainName.objects.filter(is_primary=False).order_by("name")
        return super().get_queryset(request).prefetch_related(Prefetch("names", aliases, to_attr="aliases"))

    def get_readonly_fields(self, request: HttpRequest, obj: Domain | None = None) -> list[str]:  # noqa: ARG002
        """The name is the digest realm of all stored credentials: it stays, and so does the owner."""
        return ["name", "reseller"] if obj else []

    @display(description=_("aliases"), empty_value="-")
    def alias_list(self, obj: Any) -> str | None:
        """The other names."""
        return ", ".join(alias.name for alias in obj.aliases) or None

    @display(description=_("state"), label=ACTIVE_TONES)
    def state(self, obj: Domain) -> tuple[bool, Any]:
        """In use or not."""
        return active_label(obj.is_active)


class CredentialInline(PanelInline):
    """A subscriber's credentials: when they were made, never what they are."""

    model = SipCredential
    fields = ["slot", "label", "created_at", "rotated_at"]
    readonly_fields = ["slot", "created_at", "rotated_at"]
    verbose_name_plural = _("SIP credentials: passwords are shown once, when they are made")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """They are made by "New SIP password", which shows the password."""
        return False


class BindingInline(PanelInline):
    """The phones of a subscriber that are registered now."""

    model = Binding
    fields = ["contact", "received_from", "user_agent", "expires_at"]
    readonly_fields = fields
    can_delete = False
    verbose_name_plural = _("Registered now")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Binding]:
        """Without those that have expired."""
        return super().get_queryset(request).current()  # type: ignore[attr-defined, no-any-return]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Phones register, people do not."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """What a phone said stays as it said it."""
        return False


@admin.register(Subscriber)
class SubscriberAdmin(LowerCased, ExportingAdmin):
    """Accounts that phones register to."""

    list_display = ["aor_text", "display_name", "customer", "reseller", "registered", "state"]
    list_display_links = ["aor_text"]
    list_filter = ["is_active", ("domain", AutocompleteSelectFilter), ("reseller", AutocompleteSelectFilter)]
    sortable_by = ["aor_text"]
    search_fields = ["username__startswith"]
    search_help_text = _("Beginning of the user name, or user@domain")
    autocomplete_fields = ["domain", "customer", "reseller"]
    actions_list = ["export_csv"]
    actions_detail = ["new_password"]
    lower_case_fields = ("username",)
    inlines = [CredentialInline, BindingInline, *CALL_SETTINGS]
    fieldsets = [
        (None, {"fields": [("username", "domain"), "display_name", "is_active"]}),
        (_("Belongs to"), {"fields": [("reseller", "customer")]}),
        (_("Digest"), {"fields": ["digest_algorithm"]}),
    ]
    empty_title = _("No subscribers here")
    empty_text = _("A subscriber is an account that phones register to. Add one, then make a SIP password for it.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        """With the phones registered now, in one query for the page."""
        phones = Binding.objects.current().only("id", "subscriber_id")
        rows = super().get_queryset(request).select_related("domain", "customer", "reseller")
        return rows.prefetch_related(Prefetch("bindings", phones, to_attr="current_bindings"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Takes user@domain as well."""
        username, at, domain = search_term.strip().lower().replace("\0", "").partition("@")
        if at:
            found = queryset.filter(username=username, domain__names__name__startswith=domain)
            return found.distinct(), False
        return super().get_search_results(request, queryset, username)

    def get_readonly_fields(self, request: HttpRequest, obj: Subscriber | None = None) -> list[str]:  # noqa: ARG002
        """Who owns it stays: its numbers and calls hang on that."""
        return ["domain", "reseller", "see_also"] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Subscriber | None = None) -> Any:
        """A subscriber that is there has ways to its calls."""
        found = super().get_fieldsets(request, obj)
        return [*found, (None, {"fields": ["see_also"]})] if obj else found

    def exported(self, rows: Any) -> StreamingHttpResponse:
        """The subscribers, as the import reads them; without passwords."""
        return csv_response(f"subscribers-{timezone.localdate().isoformat()}", exports.COLUMNS, exports.rows(rows))

    @display(description=_("see also"))
    def see_also(self, obj: Subscriber) -> Any:
        """What would become of a call by it, or to it."""
        ways = [("caller", _("explain a call by it")), ("callee", _("explain a call to it"))]
        links = [(reverse("explain", query={side: obj.aor}), words) for side, words in ways]
        return format_html_join(" · ", '<a class="freiton-link" href="{}">{}</a>', links)

    @action(description=_("New SIP password"), url_path="new-password", icon="key")
    def new_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks which credential, then makes the password and shows it once."""
        return credential_page(request, self, object_id)

    @display(description=_("address"), ordering="username")
    def aor_text(self, obj: Subscriber) -> str:
        """user@domain."""
        return obj.aor

    @display(description=_("phones now"), label={"on": "success", "off": None})
    def registered(self, obj: Any) -> tuple[str, Any]:
        """How many phones are registered."""
        count = len(obj.current_bindings)
        return ("on", ngettext("%(n)d phone", "%(n)d phones", count) % {"n": count}) if count else ("off", _("none"))

    @display(description=_("state"), label=ACTIVE_TONES)
    def state(self, obj: Subscriber) -> tuple[bool, Any]:
        """Active or suspended."""
        return active_label(obj.is_active)


class TransportFilter(DropdownFilter):
    """Phones that registered by a transport."""

    title = _("transport")
    parameter_name = "transport"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """What a phone can come by."""
        return list(PhoneTransport.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Binding]) -> QuerySet[Binding]:  # noqa: ARG002
        """Those that came by the chosen one."""
        return queryset.filter(transport=self.value()) if self.value() in PhoneTransport.values else queryset


@admin.register(Binding)
class BindingAdmin(ReadOnly, PanelAdmin):
    """What is registered now, live from the edge's table."""

    list_display = ["account", "contact_text", "came_from", "user_agent", "transport_label", "expires_in"]
    list_display_links = ["account"]
    list_filter = [TransportFilter]
    list_select_related = ["subscriber__domain"]
    sortable_by: list[str] = []
    ordering = ["-id"]
    # Says that there is a search, and what in; get_search_results starts at the subscribers.
    search_fields = ["subscriber__username__startswith"]
    search_help_text = _("Beginning of the subscriber's user name")
    actions = ["remove"]
    fieldsets = [
        (None, {"fields": ["subscriber", "contact", ("received_from", "transport"), "user_agent"]}),
        (_("Lifetime"), {"fields": [("created_at", "updated_at"), ("expires_at", "expires_in")]}),
        (
            _("In SIP's words"),
            {"fields": ["call_id", ("cseq", "q"), "path", ("instance_id", "reg_id"), ("flow", "edge"), "key"]},
        ),
    ]
    empty_title = _("No phone is registered")
    empty_text = _(
        "A phone appears here when it registers. Set one up with a subscriber's user name, domain and password."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Binding]:
        """Without those that have expired and only wait for the sweep."""
        return super().get_queryset(request).current()  # type: ignore[attr-defined, no-any-return]

    def searched(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """The bindings of subscribers whose name begins so."""
        named = Subscriber.objects.filter(username__startswith=term.lower())
        return queryset.of_subscribers(named)  # type: ignore[attr-defined,no-any-return]

    @action(description=_("Remove the selected registrations"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Binding]) -> None:
        """Ends registrations; a phone that is still there registers again when its time is up."""
        bindings = list(queryset)
        for binding in bindings:
            remove_binding(binding)
        done = ngettext("%(n)d registration was removed.", "%(n)d registrations were removed.", len(bindings))
        messages.success(request, done % {"n": len(bindings)})

    @display(description=_("subscriber"))
    def account(self, obj: Binding) -> str:
        """user@domain."""
        return obj.subscriber.aor

    @display(description=_("contact"))
    def contact_text(self, obj: Binding) -> str:
        """The contact, broken where it is long."""
        return format_html('<span class="freiton-long">{}</span>', obj.contact)

    @display(description=_("came from"))
    def came_from(self, obj: Binding) -> str:
        """Host and port of the REGISTER's source."""
        return obj.received_from.partition(":")[2] or obj.received_from

    @display(description=_("transport"), label=True)
    def transport_label(self, obj: Binding) -> str:
        """UDP or TCP."""
        return obj.transport.upper()

    @display(description=_("expires in"))
    def expires_in(self, obj: Binding) -> str:
        """Hours, minutes and seconds."""
        return clock((obj.expires_at - timezone.now()).total_seconds())
