"""The panel's pages for people and organisations: resellers, customers, users, API tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm

from accounts.actions import create_token, revoke_token, revoke_tokens_of
from accounts.admin_forms import ApiTokenForm, ChangeUserForm, NewUserForm
from accounts.choices import Role
from accounts.models import ApiToken, Customer, Reseller, User, UserAgentBan
from accounts.token_words import scopes_in_words
from provider.panel.admin import PanelAdmin
from provider.panel.labels import ACTIVE_TONES, active_label
from provider.panel.shown_once import Secret, show_once

TOKEN_FACTS = (
    "user",
    "name",
    "prefix",
    "may",
    "good_from",
    "state_in_words",
    "created_at",
    "expires_at",
    "revoked_at",
    "last_use",
)

if admin.site.is_registered(Group):
    admin.site.unregister(Group)


@admin.register(Reseller)
class ResellerAdmin(PanelAdmin):
    """Who sells the service under its own name."""

    list_display = ["name", "state", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["name__istartswith"]
    search_help_text = _("Beginning of the name")
    fields = ["name", "is_active", "max_calls"]
    empty_title = _("No resellers yet")
    empty_text = _("A reseller owns customers, domains and numbers. Add the first one, even if it is yourself.")

    @display(description=_("state"), label=ACTIVE_TONES, ordering="is_active")
    def state(self, obj: Reseller) -> tuple[bool, Any]:
        """Active or suspended."""
        return active_label(obj.is_active)


@admin.register(Customer)
class CustomerAdmin(PanelAdmin):
    """Who buys the service from a reseller."""

    list_display = ["name", "reseller", "state", "created_at"]
    list_filter = ["is_active", ("reseller", AutocompleteSelectFilter)]
    list_select_related = ["reseller"]
    sortable_by = ["name"]
    search_fields = ["name__istartswith"]
    search_help_text = _("Beginning of the name")
    autocomplete_fields = ["reseller"]
    fields = ["name", "reseller", "is_active", "max_calls"]
    empty_title = _("No customers here")
    empty_text = _(
        "A customer is who pays for subscribers: a person, a household, a company. Add one, then its subscribers."
    )

    @display(description=_("state"), label=ACTIVE_TONES)
    def state(self, obj: Customer) -> tuple[bool, Any]:
        """Active or suspended."""
        return active_label(obj.is_active)

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> list[str]:  # noqa: ARG002
        """A customer stays with its reseller: its subscribers and calls hang on both."""
        return ["reseller"] if obj else []


@admin.register(User)
class UserAdmin(PanelAdmin, DjangoUserAdmin):  # type: ignore[misc, type-arg]
    """Who logs in."""

    form = ChangeUserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "role_label", "owner", "state", "last_login"]
    list_filter = ["role", "is_active"]
    list_select_related = ["reseller", "customer"]
    sortable_by = ["username"]
    ordering = ["username"]
    search_fields = ["username__istartswith", "email__istartswith", "last_name__istartswith"]
    search_help_text = _("Beginning of the user name, last name or e-mail address")
    autocomplete_fields = ["reseller", "customer"]
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password", "is_active"]}),
        (_("Belongs to"), {"fields": ["role", "reseller", "customer"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (_("History"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "role", "reseller", "customer"]}),
        (_("Password"), {"fields": ["password1", "password2"]}),
    ]
    empty_title = _("No users here")
    empty_text = _("Users log in: administrators to this panel, customers to their own page, resellers own API tokens.")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Who becomes somebody else's, or may do more or less, keeps no token: none of them was made for that."""
        super().save_model(request, obj, form, change)
        if change and {"role", "reseller", "customer"} & set(form.changed_data) and revoke_tokens_of(obj):
            text = _("The API tokens of this person have ended: they were made for what it was before.")
            messages.warning(request, text)

    @display(
        description=_("role"),
        label={Role.ADMIN: "warning", Role.RESELLER: "primary", Role.CUSTOMER: "info"},
    )
    def role_label(self, obj: User) -> tuple[str, Any]:
        """The role in words."""
        return obj.role, Role(obj.role).label

    @display(description=_("belongs to"), empty_value="-")
    def owner(self, obj: User) -> Any:
        """The reseller or the customer."""
        return obj.reseller or obj.customer

    @display(description=_("state"), label=ACTIVE_TONES)
    def state(self, obj: User) -> tuple[bool, Any]:
        """May log in or not."""
        return active_label(obj.is_active)


def _lines(texts: Iterable[str]) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((text,) for text in texts))


@admin.register(ApiToken)
class ApiTokenAdmin(PanelAdmin):
    """Keys to the API."""

    form = ApiTokenForm
    list_display = ["name", "user", "prefix", "may", "good_from", "state", "last_use", "expires_at"]
    list_filter = [("user", AutocompleteSelectFilter)]
    list_select_related = ["user"]
    sortable_by = ["name"]
    search_fields = ["name__istartswith", "prefix__istartswith", "user__username__istartswith"]
    search_help_text = _("Beginning of the name, of the token itself (frt_…) or of its user's name")
    autocomplete_fields = ["user"]
    fields = ["user", "name", "scopes", "networks", "expires_at"]
    actions = ["revoke"]
    empty_title = _("No API tokens yet")
    empty_text = _("A token opens the API for one user, within what that user may see. Its text is shown once.")

    @display(description=_("may"))
    def may(self, obj: ApiToken) -> SafeString:
        """The scopes, a line for each area."""
        return _lines(scopes_in_words(obj.scopes))

    @display(description=_("good from"))
    def good_from(self, obj: ApiToken) -> SafeString | str:
        """The networks."""
        return _lines(obj.networks) if obj.networks else _("anywhere")  # type: ignore[return-value]

    @display(description=_("last used"), ordering="last_used_at")
    def last_use(self, obj: ApiToken) -> SafeString | str:
        """When, and from where."""
        if obj.last_used_at is None:
            return _("never")  # type: ignore[return-value]
        at = localize(localtime(obj.last_used_at))
        return format_html('{}<br><span class="freiton-second">{}</span>', at, obj.last_used_from or "")

    @display(description=_("state"), label={"valid": "success", "expired": "warning", "revoked": "danger"})
    def state(self, obj: ApiToken) -> tuple[str, Any]:
        """Whether it opens anything."""
        return obj.state.value, obj.state.label

    @display(description=_("state"))
    def state_in_words(self, obj: ApiToken) -> str:
        """The same on the page of one."""
        return str(obj.state.label)

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:  # noqa: ARG002
        """What is asked of a new one; what is known of one that there is."""
        return self.fields if obj is None else [*TOKEN_FACTS]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:  # noqa: ARG002
        """A token is not changed."""
        return [] if obj is None else [*TOKEN_FACTS]

    @action(description=_("Revoke the selected tokens"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Ends tokens for good."""
        tokens = list(queryset)
        for token in tokens:
            revoke_token(token)
        done = ngettext("%(n)d token was revoked.", "%(n)d tokens were revoked.", len(tokens))
        messages.success(request, done % {"n": len(tokens)})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A token is made and revoked, not changed; the list (no object) may still run actions."""
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:  # noqa: ARG002
        """Makes the token; the page's object becomes the stored one, with its text for the answer."""
        data = form.cleaned_data
        token, text = create_token(data["user"], data["name"], data["scopes"], data["expires_at"], data["networks"])
        obj.__dict__.update(token.__dict__)
        obj.text = text  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:  # noqa: ARG002
        """The token's text, this one time."""
        secret = Secret(
            title=_("The new API token"),
            intro=_("Copy it now. It is not kept and cannot be shown again; if it is lost, make another one."),
            rows=[(_("Token"), obj.text), (_("Header"), f"Authorization: Bearer {obj.text}")],  # type: ignore[attr-defined]
        )
        return show_once(request, self, secret)


@admin.register(UserAgentBan)
class UserAgentBanAdmin(PanelAdmin):
    """Which User-Agents the edges do not answer."""

    list_display = ["pattern", "note", "state", "created_at"]
    list_filter = ["is_active"]
    sortable_by = ["pattern"]
    search_fields = ["pattern__istartswith"]
    search_help_text = _("Beginning of the pattern")
    fields = ["pattern", "note", "is_active"]
    empty_title = _("No User-Agent is banned")
    empty_text = _("Scanners say their name in each request. The edges do not answer those whose name stands here.")

    @display(description=_("state"), label={True: "danger", False: "success"})
    def state(self, obj: UserAgentBan) -> tuple[bool, Any]:
        """In effect or not."""
        return obj.is_active, _("banned") if obj.is_active else _("let in")
