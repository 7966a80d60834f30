"""What other rooms import to work with messages; the modules behind it are this room's own affair.

model: the classes. parse: bytes to message. serialise: message to bytes. build: responses, ACK and CANCEL
made from a request.
"""

from sipedge.sip.build import make_ack, make_cancel, make_response
from sipedge.sip.model import Message, Request, Response
from sipedge.sip.params import HeaderError
from sipedge.sip.parse import ParseError, parse
from sipedge.sip.reasons import reason_phrase
from sipedge.sip.serialise import SerialiseError, serialise

__all__ = [
    "HeaderError",
    "Message",
    "ParseError",
    "Request",
    "Response",
    "SerialiseError",
    "make_ack",
    "make_cancel",
    "make_response",
    "parse",
    "reason_phrase",
    "serialise",
]
