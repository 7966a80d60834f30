"""What the transaction layer wants done: values that it returns, for one interpreter to carry out in order.

Named tuples, because every message makes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sipedge.sip.flow import Flow
from sipedge.sip.message import Response

if TYPE_CHECKING:
    from sipedge.transaction.invite_client import InviteClientTransaction
    from sipedge.transaction.non_invite_client import NonInviteClientTransaction
    from sipedge.transaction.states import Transaction


class Send(NamedTuple):
    """Hand these bytes to the transport."""

    data: bytes
    flow: Flow


class ResponseReceived(NamedTuple):
    """A response for the user of a client transaction: each provisional, the final one, each 2xx to an INVITE."""

    transaction: InviteClientTransaction | NonInviteClientTransaction
    response: Response


class TransactionTimeout(NamedTuple):
    """Client: nobody answered (timers B and F; a proxy takes it for a 408). INVITE server: no ACK came (timer H)."""

    transaction: Transaction


class TransactionFailed(NamedTuple):
    """The transport could not deliver. A client transaction is over (a proxy takes it for a 503, §16.9); a server
    transaction remains in its state (RFC 6026 §8.8)."""

    transaction: Transaction
    why: str


class Terminated(NamedTuple):
    """The transaction is gone from the layer. Only for transactions whose `user` is set; always their last effect."""

    transaction: Transaction


Effect = Send | ResponseReceived | TransactionTimeout | TransactionFailed | Terminated
