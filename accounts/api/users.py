"""People who log in, in the API: made with a password or with one of ours, shown once; changed, removed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Model, QuerySet
from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import set_password
from accounts.api.serializers import CustomerSerializer, ResellerSerializer
from accounts.choices import Area, Role, Scope
from accounts.granting import MORE, is_as_good_as_all, is_bound, outranks
from accounts.models import ApiToken, Customer, Reseller, User
from accounts.scopes import covers
from accounts.usernames import login_key
from provider.api.authentication import InsufficientScope
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.problems import Conflict
from provider.api.serializers import ApiSerializer, Choice, OneOf, Strict, UtcDateTimeField, saved
from provider.api.shaping import Expansion
from provider.api.writing import Answer, WritableViewSet

ROLE_BY_OWNER = {"reseller": Role.RESELLER, "customer": Role.CUSTOMER}
LONGEST_PASSWORD = 200


class BoundToken(PermissionDenied):
    """A token that ends, or is good from some places, cannot make a login that is neither (403)."""

    default_code = "bound_token"
    default_detail = (
        "This token is good for a time, or from some places alone; a login of your own rank would be good for ever and "
        "from everywhere. Use a token without these bounds, or the pages."
    )


class UserSerializer(ApiSerializer):
    """Somebody who logs in: of a reseller, of a customer, or an administrator of the provider."""

    role = OneOf(
        choices=Role.choices, required=False, help_text="Follows from whose it is; admin, where it is nobody's."
    )
    reseller = Choice(Reseller, required=False, allow_null=True, help_text="Whose person it is; or a customer's.")
    customer = Choice(Customer, required=False, allow_null=True, help_text="Whose person it is; or a reseller's.")
    password = serializers.CharField(
        required=False,
        write_only=True,
        trim_whitespace=False,
        max_length=LONGEST_PASSWORD,
        help_text="If absent, we make one and show it once.",
    )
    created_at = UtcDateTimeField(source="date_joined", read_only=True, help_text="When it was made.")

    fixed = ["role", "reseller", "customer", "password"]
    expandable = {
        "reseller": Expansion(ResellerSerializer, "reseller", area=Area.ACCOUNTS),
        "customer": Expansion(CustomerSerializer, "customer", ["customer__reseller"], area=Area.ACCOUNTS),
    }

    class Meta:
        model = User
        fields = [
            "id",
            "username",
            "first_name",
            "last_name",
            "email",
            "role",
            "reseller",
            "customer",
            "is_active",
            "password",
            "created_at",
            "last_login",
        ]
        read_only_fields = ["last_login"]
        extra_kwargs = {
            "username": {"help_text": "The login name: one for all ways to write it, and only once on the platform."},
            "is_active": {"help_text": "If not, neither the login nor the person's tokens open anything."},
            "last_login": {"help_text": "Of the pages; null: never."},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for owners that do not fit, and for who shuts himself out."""
        if self.instance is None:
            attrs["role"] = _role_of(attrs)
        elif attrs.get("is_active") is False and self.instance == self.context["request"].user:
            raise ValidationError({"is_active": "You cannot shut yourself out; somebody else can."}, "yourself")
        return attrs

    def create(self, validated_data: dict[str, Any]) -> User:
        """Make somebody who may not do more than who asks."""
        own: ApiToken = self.context["request"].auth
        password = validated_data.pop("password", None)
        user = User(**validated_data, is_staff=validated_data["role"] == Role.ADMIN)
        if outranks(user, own.user):
            raise ValidationError({"role": "This person would be allowed more than you."}, MORE)
        demand_all_for(user, own)
        made = set_password(user, password)
        if made is not None:
            self.once = {"password": made}
        new: User = saved(user)
        return new


def _role_of(attrs: dict[str, Any]) -> Role:
    """The role that follows from the owner. Raises ValidationError where they do not fit."""
    owners = [name for name in ("reseller", "customer") if attrs.get(name) is not None]
    if len(owners) > 1:
        raise ValidationError(dict.fromkeys(owners, "Either a reseller's or a customer's, not both."), "contradiction")
    if not owners and attrs.get("role") != Role.ADMIN:
        words = "Say whose person this is: a reseller's or a customer's."
        raise ValidationError(dict.fromkeys(("reseller", "customer"), words), "required")
    role = ROLE_BY_OWNER[owners[0]] if owners else Role.ADMIN
    if attrs.get("role", role) != role:
        raise ValidationError({"role": f"Who belongs to a {owners[0]} has the role {role}."}, "contradiction")
    return role


def demand_all_for(user: User, own: ApiToken) -> None:
    """Raise InsufficientScope or BoundToken where this person's login would be good for more than one's own token."""
    if is_as_good_as_all(user) and not covers(own.scopes, Scope.WRITE):
        raise InsufficientScope([Scope.WRITE])
    if is_as_good_as_all(user) and is_bound(own) and not outranks(own.user, user):
        raise BoundToken


class NewUserSerializer(UserSerializer):
    """Somebody who was just made, or given a password."""

    password = serializers.CharField(read_only=True, help_text="Shown this once; absent where it was given.")


class PasswordSerializer(Strict):
    """A new password for somebody."""

    password = serializers.CharField(
        required=False, trim_whitespace=False, max_length=LONGEST_PASSWORD, help_text="If absent, we make one."
    )


class UserFilter(FilterSet):
    """What people can be narrowed by."""

    username = CharFilter(method="of_name", help_text="The whole login name, in any case of letters.")
    role = ChoiceFilter(choices=Role.choices, help_text="What they are to the provider.")
    reseller = ReferenceFilter(Reseller, field_name="reseller", help_text="The id of the reseller whose own they are.")
    customer = ReferenceFilter(Customer, field_name="customer", help_text="The customer's id.")
    is_active = YesNoFilter()

    def of_name(self, rows: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        """Who logs in by this name."""
        return rows.filter(login_key=login_key(text))


@extend_schema_view(create=extend_schema(responses={201: NewUserSerializer}))
class UserViewSet(WritableViewSet):
    """People who log in: a reseller's own, and those of its customers. A token that makes resellers' people or
    administrators, or gives them passwords, has the scope write: they can do all that it allows."""

    areas = [Area.ACCOUNTS]
    queryset = User.objects.select_related("reseller", "customer")
    serializer_class = UserSerializer
    filterset_class = UserFilter
    orderings = {"username": "username"}
    default_ordering = "username"
    search_lookups = ["username__istartswith"]
    writing = WritableViewSet.writing | {"set_password"}
    # It needs no If-Match: a version of a person says nothing of the password, and another can be given at once.
    matching = WritableViewSet.matching | {"set_password"}
    most_rows = 50  # hashing a password takes a tenth of a second, on purpose

    @extend_schema(request=PasswordSerializer, responses=NewUserSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None, url_path="set-password")
    def set_password(self, request: Request, **kwargs: Any) -> Response:
        """Give a new password: yours, or one that we make and show this once. The person's logins end; tokens stay."""
        return self.carry_out(lambda: self._set_password(kwargs[self.lookup_url_kwarg], request.data))

    def _set_password(self, uid: Any, data: Any) -> Answer:
        user: User = self.locked(uid, self.named_version("set_password"))
        demand_all_for(user, self.request.auth)  # type: ignore[arg-type]  # the API has no other callers
        asked = PasswordSerializer(data=data or {})
        asked.is_valid(raise_exception=True)
        made = set_password(user, asked.validated_data.get("password"))
        user.save(update_fields=["password"])
        answer = self.shown(200, self.find(self.get_queryset(), uid))
        return replace(answer, body=answer.body | ({} if made is None else {"password": made}))

    def perform_destroy(self, row: Model) -> None:
        """Remove somebody, with the tokens; not oneself."""
        if row == self.request.user:
            raise Conflict("You cannot remove yourself; somebody else can.", "yourself")
        super().perform_destroy(row)
