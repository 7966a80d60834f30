"""One binding: where an address-of-record can be reached, and until when (RFC 3261 §10).

A NamedTuple and not a frozen dataclass, because one is made for every REGISTER and it costs a third of the
time, and because the group commit turns forty of them into columns with one `zip`.
"""

from typing import NamedTuple


class Binding(NamedTuple):
    """AoR → contact, as kept in edge_binding.

    The AoR itself (a subscriber's id) stands beside it, not in it.
    """

    key: str
    """Which binding of its AoR this is: a hash of the contact, so that equal contacts have equal keys."""
    contact: str
    """The Contact URI as the phone wrote it, at most 1,024 bytes."""
    call_id: str
    """Call-ID of the REGISTER that wrote it last."""
    cseq: int
    """CSeq number of that REGISTER."""
    q: int
    """Preference in thousandths, 0 to 1000."""
    expires_at: float
    """When it ends: seconds since the epoch."""
    received_from: str
    """The flow that the REGISTER came by, 'udp:192.0.2.1:5060'."""
    flow: str | None
    """Where requests go if not to the contact URI: the flow, for phones behind NAT and on streams."""
    transport: str
    """'udp' or 'tcp'."""
    user_agent: str
    """What the phone says it is."""
    path: str
    """Path header values (RFC 3327), '' for none."""
    instance_id: str
    """+sip.instance (RFC 5626), '' for none."""
    reg_id: int | None
    """reg-id (RFC 5626)."""
    edge: str
    """Name of the edge at which its flow ends."""
