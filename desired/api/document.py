"""The document as it is sent, and as it is written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rest_framework import serializers

from desired.api.items import (
    CallSettingsItem,
    CredentialItem,
    CustomerItem,
    DialSettingsItem,
    DomainAliasItem,
    DomainItem,
    Item,
    NumberItem,
    SubscriberItem,
)
from desired.document import MAX_OBJECTS, Document, Wanted
from desired.faults import Faults
from desired.kinds.all import BY_NAME, KINDS
from desired.state import Written
from provider.api.serializers import OneOf, Strict

SECTIONS: Final = [kind.section for kind in KINDS]
_BY_SECTION: Final = {kind.section: kind for kind in KINDS}


class DocumentSerializer(Strict):
    """A desired state: what it names shall be so, and what it does not name stays as it is.

    References are by name, and may be to what stands already or to what the document itself makes.
    """

    reseller = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Whose all of it is, by name. Yours where it is left out; administrators have to say it.",
    )
    customers = CustomerItem(many=True, required=False, help_text="Who buys the service from the reseller.")
    domains = DomainItem(many=True, required=False, help_text="What stands behind the @.")
    domain_aliases = DomainAliasItem(many=True, required=False, help_text="Further names of domains.")
    subscribers = SubscriberItem(many=True, required=False, help_text="Accounts that phones register to.")
    credentials = CredentialItem(many=True, required=False, help_text="What these phones prove themselves by.")
    numbers = NumberItem(many=True, required=False, help_text="Who has which number.")
    dial_settings = DialSettingsItem(
        many=True, required=False, help_text="How phones dial: of domains, and of subscribers for whom it is otherwise."
    )
    call_settings = CallSettingsItem(
        many=True, required=False, help_text="What subscribers may call, and what is done with calls to and from them."
    )
    prune = serializers.ListField(
        child=OneOf(SECTIONS),
        required=False,
        write_only=True,
        help_text="Sections that are complete: what they do not name is removed. Subscribers are, for the customers "
        "that the document names; credentials, numbers (which are released) and call settings (which are the defaults "
        "then) are, for the subscribers that it names; aliases are, for the domains, and dial settings for both. Such "
        "a document is applied only with the `If-Match` of its plan.",
    )


def read_document(data: Any) -> tuple[Document, str | None]:
    """What was sent, and the reseller that it names. Raises ValidationError with all that is wrong, each with its place
    in the document (RFC 6901)."""
    serializer = DocumentSerializer(data=data)
    faults = Faults()
    if not serializer.is_valid():
        faults.add_details("", serializer.errors)
        faults.raise_any()
    sent: Mapping[str, Any] = serializer.validated_data
    wanted = tuple(_wanted(serializer, sent))
    if len(wanted) > MAX_OBJECTS:
        faults.add(
            "", f"A document names at most {MAX_OBJECTS} objects, not {len(wanted)}. Send it in parts.", "too_many"
        )
    _refuse_repeated(wanted, faults)
    document = Document(wanted, _prune(sent.get("prune", ())))
    _refuse_boundless(document, faults)
    faults.raise_any()
    return document, sent.get("reseller")


def _wanted(serializer: DocumentSerializer, sent: Mapping[str, Any]) -> Iterator[Wanted]:
    for section in SECTIONS:
        item: Item = serializer.fields[section].child  # type: ignore[attr-defined]  # many=True
        for index, attrs in enumerate(sent.get(section, ())):
            yield item.wanted(attrs, f"/{section}/{index}")


def _refuse_repeated(wanted: Iterable[Wanted], faults: Faults) -> None:
    first: dict[tuple[str, str], str] = {}
    for one in wanted:
        path = first.setdefault((one.kind, one.key), one.path)
        if path != one.path:
            faults.add(one.path, f"This is {path} already: {one.key}.", "repeated")


def _prune(sections: Iterable[str]) -> dict[str, str]:
    return {_BY_SECTION[section].name: f"/prune/{index}" for index, section in enumerate(sections)}


def _refuse_boundless(document: Document, faults: Faults) -> None:
    """What belongs to something is removed only where that is named: not of everybody by an oversight."""
    for name, path in document.prune.items():
        within = BY_NAME[name].within
        if within and not any(document.present(one) for one in within):
            above, section = " or ".join(f"{one}s" for one in within), BY_NAME[name].section
            faults.add(path, f"Name the {above} whose {section} shall be complete.", "required")


def as_document(found: Written, reseller: str) -> dict[str, Any]:
    """What stands, as it could be sent."""
    serializer = DocumentSerializer()
    body: dict[str, Any] = {"reseller": reseller}
    for kind in KINDS:
        if kind.name in found:
            item: Item = serializer.fields[kind.section].child  # type: ignore[attr-defined]  # many=True
            body[kind.section] = [{**item.named(key), **one.members} for key, one in found[kind.name].items()]
    return body
