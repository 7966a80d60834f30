"""What each message of RFC 4475 and RFC 5118 is owed by this edge: one line a message, none left out.

The provider that they meet serves all domains that they name as theirs, each user that they name has a phone, and
the addresses in their request URIs are its own (provider.py). `stranger`: the message comes from an address that
nobody knows. `gateway`: from a trusted one, so nothing but the message itself keeps it from going on.

An outcome is a status code; `forwarded` (to the phone of `reaches`, body untouched, and its answer comes back);
`silence`; over TCP also `closed` (the stream, without an answer) and `waits` (for the rest of the message). Two
outcomes joined by `+` are those of two messages in one stream. An empty TCP column means: as over UDP.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Expected(NamedTuple):
    """The row of one message."""

    name: str
    section: str
    stranger_udp: str
    stranger_tcp: str
    gateway_udp: str
    gateway_tcp: str
    reaches: str

    def outcome(self, sender: str, transport: str) -> str:
        """What a sender ('stranger' or 'gateway') is owed over a transport ('udp' or 'tcp')."""
        cell: str = getattr(self, f"{sender}_{transport}")
        return cell


class Registration(NamedTuple):
    """What a REGISTER of the corpus comes to when its user's valid credentials are put into it."""

    name: str
    user: str
    status: int
    contacts: tuple[str, ...]


# RFC 4475: the prose behind each row.
# wsinv        must be read: folding, LWS around separators, several Via in a line, leading zeros, odd unknown headers;
#              481, since its To tag says that it is within a dialog, and it is none of ours (without: test_messages.py)
# intmeth      all that the grammar allows in a method and a user; a proxy forwards the unknown method
# esc01, esc02 %-escapes count in URIs alone: the method is not REGISTER, the second Contact no Contact
# escnull      two contacts, neither cut off at its NUL
# dblreq       UDP: what follows the REGISTER is ignored; in a stream it is the next request, whose body is longer
#              than its Content-Length says: what is left is no message, so the stream is closed
# mpart01      its Route is the provider's own address; NUL and bytes beyond ASCII in the body
# unreason, noreason   no transaction of ours: dropped
# clerr        UDP 400; a stream waits for the rest (and closes when it does not come: test_transport)
# ncl, mcl01   UDP 400; a stream cannot find the next message: closed
# inv2543      no branch, no Max-Forwards, no tag; no Content-Length, which a stream must have (§20.14): closed
# lwsstart, trws, ltgtruri, escruri, badaspec, baddn   may be repaired; refusing is as good, and leaves no doubt
# baddate      not refused by who does not use the Date; it goes on as it is
# mismatch02   501 rather than 400: the method is unknown whatever the CSeq says
# badbranch    the cookie alone is no branch: RFC 2543 matching (test_messages.py)
# unkscm, novelsc   416 by the request URI, never routed by To
# unksm2       §10.3 step 5: To is no address-of-record of the domain
# bext01       a proxy judges Proxy-Require: 420 with that alone in Unsupported
# regaut01     credentials of an unknown scheme are as good as none
# bcast        answered by nobody, forwarded nowhere: there is no such transaction
# zeromf       483 also for OPTIONS, when it is for somebody behind us
RFC_4475: Final = """
wsinv        3.1.1.1   481       -               481        -                     -
intmeth      3.1.1.2   407       -               forwarded  -                     odd
esc01        3.1.1.3   407       -               forwarded  -                     sips:user@example.com@example.net
escnull      3.1.1.4   401       -               401        -                     -
esc02        3.1.1.5   407       -               404        -                     -
lwsdisp      3.1.1.6   407       -               forwarded  -                     user@example.com
longreq      3.1.1.7   407       -               forwarded  -                     user@example.com
dblreq       3.1.1.8   401       401+407+closed  401        401+forwarded+closed  joe@example.com
semiuri      3.1.1.9   407       -               forwarded  -                     user;par=u@example.net@example.com
transports   3.1.1.10  407       -               forwarded  -                     user@example.com
mpart01      3.1.1.11  407       -               forwarded  -                     kumiko@example.org
unreason     3.1.1.12  silence   -               silence    -                     -
noreason     3.1.1.13  silence   -               silence    -                     -
badinv01     3.1.2.1   400       -               400        -                     -
clerr        3.1.2.2   400       waits           400        waits                 -
ncl          3.1.2.3   400       closed          400        closed                -
scalar02     3.1.2.4   400       -               400        -                     -
scalarlg     3.1.2.5   silence   -               silence    -                     -
quotbal      3.1.2.6   400       -               400        -                     -
ltgtruri     3.1.2.7   400       -               400        -                     -
lwsruri      3.1.2.8   400       -               400        -                     -
lwsstart     3.1.2.9   400       -               400        -                     -
trws         3.1.2.10  400       -               400        -                     -
escruri      3.1.2.11  400       -               400        -                     -
baddate      3.1.2.12  407       -               forwarded  -                     user@example.com
regbadct     3.1.2.13  400       -               400        -                     -
badaspec     3.1.2.14  400       -               400        -                     -
baddn        3.1.2.15  400       -               400        -                     -
badvers      3.1.2.16  505       -               505        -                     -
mismatch01   3.1.2.17  400       -               400        -                     -
mismatch02   3.1.2.18  501       -               501        -                     -
bigcode      3.1.2.19  silence   -               silence    -                     -
badbranch    3.2.1     407       -               forwarded  -                     user@example.com
insuf        3.3.1     400       -               400        -                     -
unkscm       3.3.2     416       -               416        -                     -
novelsc      3.3.3     416       -               416        -                     -
unksm2       3.3.4     404       -               404        -                     -
bext01       3.3.5     420       -               420        -                     -
invut        3.3.6     407       -               forwarded  -                     user@example.com
regaut01     3.3.7     401       -               401        -                     -
multi01      3.3.8     400       -               400        -                     -
mcl01        3.3.9     400       closed          400        closed                -
bcast        3.3.10    silence   -               silence    -                     -
zeromf       3.3.11    483       -               483        -                     -
cparam01     3.3.12    401       -               401        -                     -
cparam02     3.3.13    401       -               401        -                     -
regescrt     3.3.14    401       -               401        -                     -
sdp01        3.3.15    407       -               forwarded  -                     user@example.com
inv2543      3.4.1     407       closed          forwarded  closed                userb@example.com
"""

# RFC 5118: [2001:db8::10] and [2001:db8::192.0.2.1] are the provider's, 5070 is one of its ports.
# ipv6-bad                       the reference without its brackets: 400
# port-ambiguous                 well-formed, but the address ends in 5070: another host's registrar
# via-received-param-*           with and without brackets: both are read (§4.5)
# mult-ip-in-header              a BYE within no dialog of ours, once its three Via of both families are read
# ipv6-bug-abnf-3-colons         read liberally (§4.10): as with two colons
RFC_5118: Final = """
ipv6-good                      4.1    401  -  401        -  -
ipv6-bad                       4.2    400  -  400        -  -
port-ambiguous                 4.3    404  -  404        -  -
port-unambiguous               4.4    401  -  401        -  -
via-received-param-with-delim  4.5    481  -  481        -  -
via-received-param-no-delim    4.5    200  -  200        -  -
ipv6-in-sdp                    4.6    407  -  forwarded  -  user@example.com
mult-ip-in-header              4.7    481  -  481        -  -
mult-ip-in-sdp                 4.8    407  -  forwarded  -  user@example.com
ipv4-mapped-ipv6               4.9    407  -  forwarded  -  user@example.com
ipv6-bug-abnf-3-colons         4.10   407  -  forwarded  -  user@example.com
ipv6-correct-abnf-2-colons     4.10   407  -  forwarded  -  user@example.com
"""

# Valid credentials of that user put into the REGISTER; a status alone binds nothing.
# regescrt: its contact is an address of the provider itself, which would come back to it: 403
REGISTRATIONS: Final = """
escnull           user           200  sip:%00@host5.example.com  sip:%00%00@host5.example.com
dblreq            j.user         200  sip:j.user@host.example.com
scalar02          user           400
regbadct          user           400
unksm2            user           404
regaut01          j.user         200
cparam01          watson         200  sip:+19725552222@gw1.example.net
cparam02          watson         200  sip:+19725552222@gw1.example.net;unknownparam
regescrt          user           403
ipv6-good         user           200  sip:caller@[2001:db8::1]
ipv6-bad          user           400
port-ambiguous    user           404
port-unambiguous  user           200  sip:caller@[2001:db8::1]
"""

_REACHES: Final = {"-": "", "odd": "1_unusual.uri~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com"}
CALLEE_OF_WSINV: Final = "vivekg@chair-dnrc.example.com"
"""Has a phone too: the message goes there once its To tag is taken away."""


def called() -> list[str]:
    """The addresses-of-record of all that a message is for."""
    reached = [row.reaches for table in (RFC_4475, RFC_5118) for row in rows(table) if row.reaches]
    return [*dict.fromkeys(reached), CALLEE_OF_WSINV]


def rows(table: str) -> list[Expected]:
    """The rows of RFC_4475 or RFC_5118."""
    return [_row(*line.split()) for line in table.strip().splitlines()]


def registrations() -> list[Registration]:
    """The rows of REGISTRATIONS."""
    lines = [line.split() for line in REGISTRATIONS.strip().splitlines()]
    return [Registration(name, user, int(status), tuple(contacts)) for name, user, status, *contacts in lines]


def _row(*cells: str) -> Expected:
    name, section, stranger, stranger_tcp, gateway, gateway_tcp, to = cells
    return Expected(
        name,
        section,
        stranger,
        stranger if stranger_tcp == "-" else stranger_tcp,
        gateway,
        gateway if gateway_tcp == "-" else gateway_tcp,
        _REACHES.get(to, to),
    )
