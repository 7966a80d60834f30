"""The seeds of each target: small, our own, and read from here; the torture messages only where they lie.

`python -m fuzz.seeds` writes them to fuzz/corpus/<target>, where libFuzzer takes them from.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
CORPUS: Final = ROOT / "fuzz" / "corpus"
TORTURE: Final = tuple(ROOT.parent / "shared" / "corpora" / name for name in ("rfc4475", "rfc5118"))

_HEAD: Final = (
    "Via: SIP/2.0/UDP pc33.example.org:5066;branch=z9hG4bK776asdhds;rport\r\nMax-Forwards: 70\r\n"
    'From: "Alice" <sip:alice@example.org>;tag=1928301774\r\nTo: Bob <sip:bob@example.com>\r\n'
    "Call-ID: a84b4c76e66710@pc33.example.org\r\n"
)
_SDP: Final = "v=0\r\no=- 1 1 IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0 8\r\n"
_CREDENTIALS: Final = (
    'Digest username="alice", realm="north.example", nonce="84a4cc6f3082121f32b42a2187831a9e", '
    'uri="sip:north.example", response="7587245234b3434cc3412213e5f113a5", algorithm=MD5, qop=auth, '
    'nc=00000001, cnonce="0a4f113b"'
)


def _request(method: str, uri: str = "sip:bob@example.com", more: str = "", body: str = "") -> str:
    length = f"Content-Length: {len(body)}\r\n\r\n"
    return f"{method} {uri} SIP/2.0\r\n{_HEAD}CSeq: 314159 {method}\r\n{more}{length}{body}"


MESSAGES: Final[tuple[str, ...]] = (
    _request("INVITE", more="Contact: <sip:alice@pc33.example.org>\r\nContent-Type: application/sdp\r\n", body=_SDP),
    _request("REGISTER", "sip:example.com", 'Contact: "A, B" <sip:a@192.0.2.5:5066;lr>;expires=60;q=0.7\r\n'),
    _request("REGISTER", "sip:example.com", f"Contact: *\r\nExpires: 0\r\nAuthorization: {_CREDENTIALS}\r\n"),
    _request("REGISTER", "sips:[2001:db8::10]:5061", "m: sip:a@b;q=0, <sips:c@[::1]>;reg-id=1\r\nPath: <sip:p;lr>\r\n"),
    _request("BYE", "sip:bob@192.0.2.4", "Route: <sip:a@192.0.2.1;lr>,\r\n <sip:b;lr>\r\nReason: Q.850;cause=16\r\n"),
    _request("OPTIONS", "tel:+1-201-555-0123;ext=12;phone-context=+1", "k: timer, 100rel\r\nx: 1800;refresher=uac\r\n"),
    _request("CANCEL").replace("\r\nFrom:", "\r\nf :").replace("Call-ID:", "i\t:"),
    _request("NOTIFY", more="o: presence\r\ns:\r\n folded\r\n\tagain\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\n"),
    f"SIP/2.0 180 Ringing\r\n{_HEAD}CSeq: 1 INVITE\r\nRecord-Route: <sip:p1;lr>\r\nl: 0\r\n\r\n",
    f"SIP/2.0 401 \r\n{_HEAD}CSeq: 1 REGISTER\r\nWWW-Authenticate: {_CREDENTIALS}\r\nl: 3\r\n\r\n\0\xff\n",
)
_FROM_GATEWAY: Final = "From: <sip:+431999@198.51.100.2>;tag=g\r\nTo: <sip:+4311002@north.example>"
_TO_ALICE: Final = "From: <sip:alice@north.example>;tag=a\r\nTo: <sip:bob@north.example>"
_BOBS_TAG: Final = "bob-tag"


def _of_call(start: str, parties: str, cseq: str, more: str = "", via: str = "", body: str = "") -> str:
    """A message of a call. via: '' for a new transaction."""
    via = via or "SIP/2.0/UDP 192.0.2.50;rport;branch=z9hG4bK" + cseq.replace(" ", "")
    head = f"{start}\r\nVia: {via}\r\nMax-Forwards: 70\r\n{parties}\r\nCall-ID: call-1\r\nCSeq: {cseq}\r\n"
    return f"{head}{more}Content-Length: {len(body)}\r\n\r\n{body}"


def _answer(status: str, parties: str, cseq: str = "1 INVITE") -> str:
    more = "Record-Route: ~route~\r\nContact: <sip:bob@192.0.2.60>\r\n"
    return _of_call(f"SIP/2.0 {status}", f"{parties};tag={_BOBS_TAG}", cseq, more, "~via~")


def _calls() -> list[str]:
    """Inputs of the engine: messages of several senders, see fuzz/edge.py."""
    contact, route = "Contact: <sip:x@192.0.2.50>\r\n", "Route: ~route~\r\n"
    gateway, alice = _FROM_GATEWAY, _TO_ALICE
    backwards = f"From: <sip:+4311002@north.example>;tag={_BOBS_TAG}\r\nTo: <sip:+431999@198.51.100.2>;tag=g"
    invite_in = _of_call("INVITE sip:+4311002@north.example SIP/2.0", gateway, "1 INVITE", contact, body=_SDP)
    cancel = _of_call("CANCEL sip:+4311002@north.example SIP/2.0", gateway, "1 CANCEL").replace("1CANCEL", "1INVITE")
    signed = f"{contact}Proxy-Authorization: ~digest~\r\n"
    invite_out = _of_call("INVITE sip:bob@north.example SIP/2.0", alice, "1 INVITE", signed, body=_SDP)
    to_pstn = _of_call("INVITE sip:+43101234@north.example;user=phone SIP/2.0", alice, "1 INVITE", signed)
    update = _of_call("UPDATE sip:bob@192.0.2.60 SIP/2.0", f"{gateway};tag={_BOBS_TAG}", "2 UPDATE", contact + route)
    bye = _of_call("BYE sip:x@192.0.2.50 SIP/2.0", backwards, "1 BYE", f"{route}Reason: Q.850;cause=16\r\n")
    ack = _of_call("ACK sip:bob@192.0.2.60 SIP/2.0", f"{gateway};tag={_BOBS_TAG}", "1 ACK", route)
    myself = "From: <sip:alice@north.example>;tag=r\r\nTo: <sip:alice@north.example>"
    bind = (
        'Authorization: ~digest~\r\nContact: <sip:alice@192.0.2.50;ob>;expires=90;+sip.instance="<urn:x>";reg-id=1\r\n'
    )
    register = _of_call(
        "REGISTER sip:north.example SIP/2.0", myself, "2 REGISTER", f"{bind}Supported: path, outbound\r\n"
    )
    unbind = register.replace("2 REG", "3 REG").replace("2REG", "3REG").replace("expires=90", "expires=0")
    message = _of_call("MESSAGE sip:bob@north.example SIP/2.0", alice, "4 MESSAGE", signed, body="hello")
    updated = _answer("200 OK", gateway, "2 UPDATE")
    ringing, ok, busy = (_answer(status, gateway) for status in ("180 Ringing", "200 OK", "486 Busy Here"))
    return [
        "\n~~\n".join(parts)
        for parts in (
            (
                f"g{invite_in}",
                f"b{ringing}",
                f"b{ok}",
                f"g{ack}",
                f"g{update}",
                f"b{updated}",
            ),
            (f"g{invite_in}", f"b{ok}", f"b{bye}", "t"),
            (f"g{invite_in}", f"b{ringing}", f"g{cancel}", f"b{busy}", "t", "t"),
            (f"g{invite_in}", "t", "t", "t", "t", "t", "t"),
            (f"a{invite_out}", f"b{_answer('302 Moved', alice)}"),
            (f"a{to_pstn}", f"g{_answer('503 Overloaded', alice)}"),
            (f"a{register}", f"a{unbind}", f"a{message}"),
            (f"s{register}", f"g{invite_in.replace('+4311002', '+4311001')}", f"s{ok}"),
            *((f"s{text}",) for text in MESSAGES),
        )
    ]


TARGETS: Final = ("message", "engine", "uri", "digest", "stream", "fields")
URIS: Final = (
    "sip:alice@example.com",
    "sips:alice:secret@[2001:db8::1]:5061;transport=tcp;lr?subject=project%20x&priority=urgent",
    "sip:%61lice@Example.COM;user=phone\nsip:alice@example.com;User=Phone",
    "tel:+1-201-555-0123;ext=123;phone-context=example.com\ntel:+12015550123;EXT=123",
    "sip:*21*#31#;isub=1@192.0.2.1:5060;maddr=239.255.255.1;ttl=15;method=INVITE",
    "urn:service:sos\nmailto:a@b",
)
CREDENTIALS: Final = (
    _CREDENTIALS,
    'digest  username="a\\"b\\\\c" ,realm="north.example",nonce="",uri="*",response="",opaque=x,algorithm=SHA-256',
    "Basic YWxpY2U6c2VjcmV0",
)
VALUES: Final = (
    '"A. G. \\"Bell\\"" <sip:agb@example.com;lr> ;tag=a48s;q=0.3',
    "sip:carol@example.com;expires=3600",
    "SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1",
    "<sip:a@b;=0.>;x",
    "SIP/2.0/TLS [.001];branch=z9hG4bK1",
    "SIP/2.0/TLS [2001:db8::9:1]:5061;received=[2001:db8::9:255];rport=5060;branch=z9hG4bK1",
    "4711 INVITE",
    "3600",
    '<sip:a@b>;x="1,2", "c,d" <sip:e@f>, g h <sip:i>',
    'SIP ;cause=200 ;text="Call completed elsewhere", Q.850;cause=16',
    ';a;b=c;d="e;f"',
)


def seeds_of(target: str) -> list[bytes]:
    """The seeds of a target, without the torture messages."""
    texts = {
        "message": MESSAGES,
        "engine": _calls(),
        "uri": URIS,
        "digest": CREDENTIALS,
        "stream": [f"\x05\x30\n\r\n\r\n{one}\r\n\r\n{two}" for one, two in pairwise(MESSAGES)],
        "fields": VALUES,
    }[target]
    return [text.encode("latin-1") for text in texts]


def torture_messages() -> list[bytes]:
    """The messages of RFC 4475 and RFC 5118, [] where they are not at hand."""
    files = [file for folder in TORTURE for suffix in (".dat", ".sip") for file in sorted(folder.glob(f"*{suffix}"))]
    return [file.read_bytes() for file in files]


def write_corpus(folder: Path = CORPUS) -> None:
    """Write the seeds of all targets as files."""
    for target in TARGETS:
        (folder / target).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds_of(target)):
            (folder / target / f"{number:02}").write_bytes(seed)


if __name__ == "__main__":
    write_corpus()
