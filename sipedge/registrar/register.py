"""REGISTER decided: RFC 3261 §10.3 from step 6 on.

Who asks, and for which AoR, was settled before. What is written afterwards, and when it is answered, is the store's
and the handler's. A request is done whole or not at all.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from sipedge.registrar import contacts
from sipedge.registrar.binding import Binding
from sipedge.registrar.limits import RegistrarLimits
from sipedge.sip.fields import NameAddr, parse_name_addr
from sipedge.sip.flow import Flow, str_flow
from sipedge.sip.message import Request
from sipedge.sip.params import HeaderError
from sipedge.sip.uri import Uri
from sipedge.sip.validate import Rejection

IsSelf = Callable[[Uri], bool]
"""Whether a request to this URI would come back to us."""

CSEQ_OUT_OF_ORDER: Final = Rejection(500, "CSeq Out Of Order")
TOO_MANY_CONTACTS: Final = Rejection(403, "Too Many Contacts")


class RegisterDecision(NamedTuple):
    """What a REGISTER comes to: what is to be written, all of it or nothing, and what then stands."""

    bindings: tuple[Binding, ...]
    """All bindings of the AoR afterwards; those that expired are not among them."""
    upserts: tuple[tuple[Binding | None, Binding], ...] = ()
    """Bindings to write, each with the row it replaces (None: there was none)."""
    removals: tuple[Binding, ...] = ()
    """Bindings to remove, as they were known."""


def apply_register(
    current: Sequence[Binding],
    request: Request,
    source: Flow,
    now: float,
    limits: RegistrarLimits,
    edge: str,
    is_self: IsSelf,
) -> RegisterDecision | Rejection:
    """Decide a REGISTER for an AoR whose bindings are `current` (expired ones may be among them).

    now: seconds since the epoch. edge: our name, noted in the bindings.
    """
    try:
        contact = request.get("Contact")
        if contact is None:
            return RegisterDecision(_alive(current, now))  # a fetch: step 8 alone
        if ("*" in contact or request.repeats_a_name()) and request.is_wildcard_contact:
            return _remove_all(current, request, now)
        wanted = request.contacts
        if len(wanted) > 2 * limits.max_bindings:
            return TOO_MANY_CONTACTS
        return _Registration(current, request, source, now, limits, edge, is_self).apply(wanted)
    except HeaderError as error:
        return Rejection(error.status, error.reason)


def response_contacts(bindings: Sequence[Binding], now: float) -> list[str]:
    """Values of Contact for the 200: every binding, with the seconds it has left (§10.3 step 8)."""
    return [
        f"<{binding.contact}>{_q_text(binding.q)};expires={max(1, round(binding.expires_at - now))}"
        for binding in bindings
    ]


def _q_text(q: int) -> str:
    return "" if q == 1000 else f";q={q / 1000:g}"


def _alive(bindings: Sequence[Binding], now: float) -> tuple[Binding, ...]:
    return tuple([binding for binding in bindings if binding.expires_at > now])


def _remove_all(current: Sequence[Binding], request: Request, now: float) -> RegisterDecision | Rejection:
    # Step 6: "*" stands alone, with an Expires header that is zero.
    if request.values("Contact") != ["*"] or request.expires != 0:
        return Rejection(400, "Invalid Wildcard Contact")
    alive = _alive(current, now)
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
        *("call_id", "cseq", "current", "edge", "is_self", "limits", "now", "path", "received_from"),
        *("removals", "request", "source", "standing", "upserts", "user_agent"),
    )

    def __init__(
        self,
        current: Sequence[Binding],
        request: Request,
        source: Flow,
        now: float,
        limits: RegistrarLimits,
        edge: str,
        is_self: IsSelf,
    ) -> None:
        self.current = current
        self.request = request
        self.source = source
        self.received_from = str_flow(source)
        self.now = now
        self.limits = limits
        self.edge = edge
        self.is_self = is_self
        self.call_id = _call_id(request, limits)
        self.cseq = request.cseq.number
        self.user_agent = contacts.clean_user_agent(request.get("User-Agent") or "")
        self.path = "" if request.get("Path") is None else self._checked_path()
        self.standing = {binding.key: binding for binding in current if binding.expires_at > now}
        self.upserts: dict[str, tuple[Binding | None, Binding]] = {}
        self.removals: dict[str, Binding] = {}

    def apply(self, wanted: Sequence[NameAddr]) -> RegisterDecision | Rejection:
        """Take every contact in turn; of two equal ones in a request the later counts."""
        allowed = max(self.limits.max_bindings, len(self.standing))
        for contact in wanted:
            rejection = self._apply_contact(contact)
            if rejection is not None:
                return rejection
        if len(self.standing) > allowed:
            return TOO_MANY_CONTACTS
        return RegisterDecision(
            tuple(self.standing.values()), tuple(self.upserts.values()), tuple(self.removals.values())
        )

    def _apply_contact(self, contact: NameAddr) -> Rejection | None:
        text = str(contact.uri)
        seconds = contacts.expires_of(contact, self.request, self.limits)
        known = contacts.matching(self.current, contact.uri, text)
        if known is not None and known.expires_at > self.now and _is_out_of_order(known, self.call_id, self.cseq):
            return CSEQ_OUT_OF_ORDER
        if seconds == 0:
            self._remove(contact.uri, text)
            return None
        if seconds < self.limits.min_expires:
            return Rejection(423, "Interval Too Brief", (("Min-Expires", str(self.limits.min_expires)),))
        if known is None or known.contact != text or known.received_from != self.received_from:
            rejection = contacts.refusal(contact.uri, text, self.source, self.limits, self.is_self)
            if rejection is not None:
                return rejection
        self._write(contact, text, known, min(seconds, self.limits.max_expires))
        return None

    def _remove(self, uri: Uri, text: str) -> None:
        standing = contacts.matching(self.standing.values(), uri, text)
        if standing is None:
            return
        del self.standing[standing.key]
        known, _ = self.upserts.pop(standing.key, (standing, None))
        if known is not None:
            self.removals[known.key] = known

    def _write(self, contact: NameAddr, text: str, known: Binding | None, seconds: int) -> None:
        if known is not None:
            key = known.key
        elif (again := contacts.matching(self.standing.values(), contact.uri, text)) is not None:
            key = again.key
        else:
            key = contacts.new_key(text, [*(binding.key for binding in self.current), *self.standing])
        binding = self._binding(key, contact, text, seconds)
        self.removals.pop(key, None)
        self.standing[key] = binding
        self.upserts[key] = (known, binding)

    def _binding(self, key: str, contact: NameAddr, text: str, seconds: int) -> Binding:
        q, instance_id, reg_id = contacts.params_of(contact) if contact.params else contacts.NO_PARAMS
        return Binding(
            key,
            text,
            self.call_id,
            self.cseq,
            q,
            self.now + seconds,
            self.received_from,
            self.received_from if self._goes_to_flow(contact.uri) else None,
            self.source.transport,
            self.user_agent,
            self.path,
            instance_id,
            reg_id,
            self.edge,
        )

    def _goes_to_flow(self, uri: Uri) -> bool:
        """Whether requests go back where the REGISTER came from, the contact being unreachable, or said to be.

        So on streams (RFC 5626's idea), where rport was asked for (RFC 3581), and where the contact names another
        address than the packet had: there is a NAT between.
        """
        if self.path:
            return False  # the proxies that it names know the way (RFC 3327)
        if self.source.reliable or uri.host != self.source.host:
            return True
        return self.request.top_via.param("rport") is not None

    def _checked_path(self) -> str:
        """The Path values in one line (RFC 3327 §5.3).

        Raises HeaderError when requests cannot, or must not, go there.
        """
        values = [parse_name_addr(value) for value in self.request.values("Path")]
        for value in values:
            rejection = contacts.refusal(value.uri, str(value.uri), self.source, self.limits, self.is_self)
            if rejection is not None:
                raise HeaderError(rejection.reason.replace("Contact", "Path"), rejection.status_code)
        path = ", ".join(map(str, values))
        if not path.isascii() or len(path) > self.limits.max_path_bytes:
            raise HeaderError("Malformed Path")
        return path


def _call_id(request: Request, limits: RegistrarLimits) -> str:
    call_id = request.call_id
    if not call_id.isascii() or len(call_id) > limits.max_call_id_bytes:
        raise HeaderError("Malformed Call-ID")
    return call_id
