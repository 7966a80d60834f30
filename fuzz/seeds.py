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
        "engine": [f"{number % 3}{text}" for number, text in enumerate(MESSAGES * 3)],
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
