"""REGISTER decided: RFC 3261 §10.3 from step 6 on.

Who asks, and for which AoR, was settled before. What is written afterwards, and when it is answered, is the store's
and the handler's. A request is done whole or not at all.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple

from sipedge.registrar import contacts, outbound
from sipedge.registrar.binding import Binding
from sipedge.registrar.limits import RegistrarLimits
from sipedge.registrar.path import checked_path
from sipedge.sip.fields import NameAddr
from sipedge.sip.flow import FLOW_BOUND_TRANSPORTS, Flow, str_connection, str_datagrams, str_flow
from sipedge.sip.message import Request
from sipedge.sip.params import HeaderError, quote
from sipedge.sip.uri import Uri
from sipedge.sip.validate import Rejection

IsSelf = Callable[[Uri], bool]
"""Whether a request to this URI would come back to us."""

CSEQ_OUT_OF_ORDER: Final = Rejection(500, "CSeq Out Of Order")
TOO_MANY_CONTACTS: Final = Rejection(403, "Too Many Contacts")
SEVERAL_FLOWS: Final = Rejection(400, "One Flow At A Time")


class RegisterDecision(NamedTuple):
    """What a REGISTER comes to: what is to be written, all of it or nothing, and what then stands."""

    bindings: tuple[Binding, ...]
    """All bindings of the AoR afterwards; those that expired are not among them."""
    upserts: tuple[tuple[Binding | None, Binding], ...] = ()
    """Bindings to write, each with the row it replaces (None: there was none)."""
    removals: tuple[Binding, ...] = ()
    """Bindings to remove, as they were known."""
    headers: tuple[tuple[str, str], ...] = ()
    """What the 200 says besides the Contacts: Path (RFC 3327), Require and Flow-Timer (RFC 5626)."""


def apply_register(
    current: Sequence[Binding],
    request: Request,
    source: Flow,
    now: float,
    limits: RegistrarLimits,
    edge: str,
    is_self: IsSelf,
    *,
    strict_call_id: bool = False,
    living: float | None = None,
) -> RegisterDecision | Rejection:
    """Decide a REGISTER for an AoR whose bindings are `current` (expired ones may be among them).

    now: seconds since the epoch. edge: our name, noted in the bindings. strict_call_id: a contact is the same one
    only if the Call-ID is, too (a domain's setting; §10.3 compares contacts alone). living: what ended before this is
    no more; None: before now (clock.py says when that is another time).
    """
    living = now if living is None else living
    try:
        path = "" if request.get("Path") is None else checked_path(request, source, limits, is_self)
        if isinstance(path, Rejection):
            return path
        contact = request.get("Contact")
        if contact is None:  # a fetch: step 8 alone
            return RegisterDecision(_alive(current, living), headers=_path_header(path))
        if ("*" in contact or request.repeats_a_name()) and request.is_wildcard_contact:
            return _remove_all(current, request, living)
        wanted = request.contacts
        if len(wanted) > 2 * limits.max_bindings:
            return TOO_MANY_CONTACTS
        registration = _Registration(current, request, source, now, living, limits, edge, is_self, path, strict_call_id)
        return registration.apply(wanted)
    except HeaderError as error:
        return Rejection(error.status, error.reason)


def response_contacts(bindings: Sequence[Binding], now: float) -> list[str]:
    """Values of Contact for the 200: every binding, with the seconds it has left (§10.3 step 8)."""
    return [
        f"<{binding.contact}>{_q_text(binding.q)}{_device_text(binding) if binding.instance_id else ''}"
        f";expires={max(1, round(binding.expires_at - now))}"
        for binding in bindings
    ]


def _device_text(binding: Binding) -> str:
    flow = "" if binding.reg_id is None else f";reg-id={binding.reg_id}"
    return f";+sip.instance={quote(binding.instance_id)}{flow}"


def _path_header(path: str) -> tuple[tuple[str, str], ...]:
    """RFC 3327 §5.3: the phone learns which path its registration took."""
    return (("Path", path),) if path else ()


def _q_text(q: int) -> str:
    return "" if q == 1000 else f";q={q / 1000:g}"


def _alive(bindings: Sequence[Binding], living: float) -> tuple[Binding, ...]:
    return tuple([binding for binding in bindings if binding.expires_at > living])


def _remove_all(current: Sequence[Binding], request: Request, living: float) -> RegisterDecision | Rejection:
    # Step 6: "*" stands alone, with an Expires header that is zero.
    if request.values("Contact") != ["*"] or request.expires != 0:
        return Rejection(400, "Invalid Wildcard Contact")
    alive = _alive(current, living)
    call_id, cseq = request.call_id, request.cseq.number
    if any(_is_out_of_order(binding, call_id, cseq) for binding in alive):
        return CSEQ_OUT_OF_ORDER
    return RegisterDecision((), (), alive)


def _is_out_of_order(binding: Binding, call_id: str, cseq: int) -> bool:
    """Steps 6 and 7: a request may change a binding of its own Call-ID only with a higher CSeq."""
    return binding.call_id == call_id and cseq <= binding.cseq


class _Registration:
    """One REGISTER with contacts: step 7. Made for one `apply`."""

    __slots__ = (
        *("call_id", "cseq", "current", "edge", "is_self", "limits", "living", "matched_call_id", "now", "path"),
        *("received_from", "registers_flows", "removals", "request", "source", "standing", "upserts", "user_agent"),
    )

    def __init__(
        self,
        current: Sequence[Binding],
        request: Request,
        source: Flow,
        now: float,
        living: float,
        limits: RegistrarLimits,
        edge: str,
        is_self: IsSelf,
        path: str,
        strict_call_id: bool,
    ) -> None:
        self.current = current
        self.request = request
        self.source = source
        self.received_from = str_flow(source)
        self.now = now
        self.living = living
        self.limits = limits
        self.edge = edge
        self.is_self = is_self
        self.path = path
        self.call_id = _call_id(request, limits)
        self.matched_call_id = self.call_id if strict_call_id else None
        self.cseq = request.cseq.number
        self.user_agent = contacts.clean_user_agent(request.get("User-Agent") or "")
        self.standing = {binding.key: binding for binding in current if binding.expires_at > living}
        self.upserts: dict[str, tuple[Binding | None, Binding]] = {}
        self.removals: dict[str, Binding] = {}
        self.registers_flows = False

    def apply(self, wanted: Sequence[NameAddr]) -> RegisterDecision | Rejection:
        """Take every contact in turn; of two equal ones in a request the later counts."""
        allowed = max(self.limits.max_bindings, len(self.standing))
        for contact in wanted:
            rejection = self._apply_contact(contact)
            if rejection is not None:
                return rejection
        if len(self.standing) > allowed:
            return TOO_MANY_CONTACTS
        headers: tuple[tuple[str, str], ...] = ()
        if self.path or self.registers_flows:
            if self.registers_flows and len(self.upserts) > 1:
                return SEVERAL_FLOWS  # RFC 5626 §6: one flow is registered over itself, nothing else with it
            headers = _path_header(self.path)
            if self.registers_flows:
                headers += outbound.flow_headers(self.request, self.source, self.path, self.limits.flow_timer)
        return RegisterDecision(
            tuple(self.standing.values()), tuple(self.upserts.values()), tuple(self.removals.values()), headers
        )

    def _apply_contact(self, contact: NameAddr) -> Rejection | None:
        text = str(contact.uri)
        seconds = contacts.expires_of(contact, self.request, self.limits)
        device = self._device(contact) if contact.params else contacts.NO_PARAMS
        if device.reg_id is None:
            known = contacts.matching(self.current, contact.uri, text, self.matched_call_id)
        else:
            known = self._matching(self.current, contact.uri, text, device)
        if known is not None and known.expires_at > self.living and _is_out_of_order(known, self.call_id, self.cseq):
            return CSEQ_OUT_OF_ORDER
        if seconds == 0:
            self._remove(contact.uri, text, device)
            return None
        if seconds < self.limits.min_expires:
            return Rejection(423, "Interval Too Brief", (("Min-Expires", str(self.limits.min_expires)),))
        if known is None or known.contact != text or known.received_from != self.received_from:
            rejection = contacts.refusal(contact.uri, text, self.source, self.limits, self.is_self)
            if rejection is not None:
                return rejection
        self._write(contact.uri, text, device, known, min(seconds, self.limits.max_expires))
        return None

    def _device(self, contact: NameAddr) -> contacts.ContactParams:
        """What the contact says of its device; without its reg-id where that does not count."""
        device = contacts.params_of(contact)
        if device.reg_id is None or outbound.registers_a_flow(self.request, device.instance_id):
            return device
        return device._replace(reg_id=None)

    def _matching(
        self, bindings: Collection[Binding], uri: Uri, text: str, device: contacts.ContactParams
    ) -> Binding | None:
        """The binding that this contact is about: by its flow if it has one, else by the URI."""
        if device.reg_id is None:
            return contacts.matching(bindings, uri, text, self.matched_call_id)
        known = contacts.matching_flow(bindings, device.instance_id, device.reg_id)
        if known is not None:
            return known
        without_flow = [binding for binding in bindings if binding.reg_id is None]
        return contacts.matching(without_flow, uri, text, self.matched_call_id)

    def _remove(self, uri: Uri, text: str, device: contacts.ContactParams) -> None:
        standing = self._matching(self.standing.values(), uri, text, device)
        if standing is None:
            return
        del self.standing[standing.key]
        known, _ = self.upserts.pop(standing.key, (standing, None))
        if known is not None:
            self.removals[known.key] = known

    def _write(self, uri: Uri, text: str, device: contacts.ContactParams, known: Binding | None, seconds: int) -> None:
        if known is not None:
            key = known.key
        elif (again := self._matching(self.standing.values(), uri, text, device)) is not None:
            key = again.key  # a contact before this one is the same: what that one replaced, this one does
            known = self.upserts[key][0] if key in self.upserts else again
        else:
            taken = [*(binding.key for binding in self.current), *self.standing]
            key = contacts.new_key(self._identity(text, device), taken)
        binding = self._binding(key, uri, text, device, seconds)
        self.removals.pop(key, None)
        self.standing[key] = binding
        self.upserts[key] = (known, binding)

    def _identity(self, text: str, device: contacts.ContactParams) -> str:
        """What no other binding of the AoR has. A space stands in no URI, so none can be taken for another."""
        if device.reg_id is not None:
            return f"{device.instance_id} {device.reg_id}"
        return text if self.matched_call_id is None else f"{text} {self.call_id}"

    def _binding(self, key: str, uri: Uri, text: str, device: contacts.ContactParams, seconds: int) -> Binding:
        is_flow = device.reg_id is not None
        if is_flow:
            self.registers_flows = True
        return Binding(
            key,
            text,
            self.call_id,
            self.cseq,
            device.q,
            self.now + seconds,
            self.received_from,
            self._flow(uri, is_flow),
            self.source.transport,
            self.user_agent,
            self.path,
            device.instance_id,
            device.reg_id,
            self.edge,
        )

    def _flow(self, uri: Uri, is_flow: bool) -> str | None:
        """Where requests go instead of to the contact, None where that can be reached, or is said to be.

        So on streams, where rport was asked for (RFC 3581), and where the contact names another address than the
        packet had: there is a NAT between. A WebSocket's and a registered flow's is that very connection.
        """
        source = self.source
        if self.path:
            return None  # the proxies that it names know the way (RFC 3327)
        if source.reliable:
            is_bound = is_flow or source.transport in FLOW_BOUND_TRANSPORTS
            return str_connection(source) if is_bound else self.received_from
        if uri.host == source.host:
            if uri.params and (uri.param("transport") or "udp").lower() != "udp":
                return None  # it wants to be connected to, and can be
            if self.request.top_via.param("rport") is None and not is_flow:
                return None
        return str_datagrams(source) if source.local else self.received_from


def _call_id(request: Request, limits: RegistrarLimits) -> str:
    call_id = request.call_id
    if not call_id.isascii() or len(call_id) > limits.max_call_id_bytes:
        raise HeaderError("Malformed Call-ID")
    return call_id
