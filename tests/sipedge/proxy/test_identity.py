import pytest

from sipedge.proxy import identity
from sipedge.sip.message import HeaderError, Request, Response, parse, serialise
from sipedge.sip.uri import parse_uri

BASIC = [
    ("Via", "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK1"),
    ("From", '"Alice" <sip:alice@north.example>;tag=1'),
    ("To", "<sip:bob@north.example>"),
    ("Call-ID", "c"),
    ("CSeq", "1 INVITE"),
]
ANONYMOUS = ("From", '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1')
CLAIMS = (
    *("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion", "History-Info"),
    *("P-Charging-Vector", "P-Charging-Function-Addresses", "P-Access-Network-Info", "P-Served-User"),
    *("P-Asserted-Service", "P-Early-Media", "X-Freiton-Customer"),
)
PAI = ("P-Asserted-Identity", "<sip:+431999@pstn.example>")


def request(*headers, sender=BASIC[1]):
    return Request("INVITE", "sip:bob@north.example", [BASIC[0], sender, *BASIC[2:], *headers])


def raw(*lines):
    """A request as it comes from the wire, with these lines as they are."""
    head = ["INVITE sip:bob@north.example SIP/2.0", *(f"{name}: {value}" for name, value in BASIC), *lines, "", ""]
    return parse("\r\n".join(head).encode("utf-8", "surrogateescape"))


def names(message):
    return [name for name, _ in message.headers]


# What a phone claims


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize("spelling", [str, str.upper, str.lower, str.swapcase])
def test_a_phones_claim_is_removed(name, spelling):
    it = raw(f"{spelling(name)}: <sip:boss@north.example>")
    identity.from_untrusted(it)
    assert names(it) == names(request())


@pytest.mark.parametrize(
    "line",
    [
        "P-Asserted-Identity : <sip:boss@x>",
        "P-Asserted-Identity\t \t: <sip:boss@x>",
        "P-Asserted-Identity:\r\n <sip:boss@x>",
        "P-Asserted-Identity:<sip:boss@x>,\r\n\t<tel:+431>",
        "p-aSSERTED-iDENTITY:",
        "P-Asserted-Identity: <sip:boss@x>\r\nP-ASSERTED-IDENTITY: <tel:+431>",
        "x-freiton-Anything : 1",
    ],
)
def test_odd_spellings_of_a_claim_are_removed_too(line):
    it = raw(line)
    identity.from_untrusted(it)
    written = serialise(it).lower()
    assert b"asserted" not in written
    assert b"boss" not in written
    assert b"x-freiton" not in written


@pytest.mark.parametrize(
    "line",
    [
        "P-Asserted-Identity\0: <sip:boss@x>",
        "P-Asserted-\x7fIdentity: <sip:boss@x>",
        "P-Asserted-Identity\x0b: <sip:boss@x>",
        "P-Asserted Identity: <sip:boss@x>",
        "P-Asserted-Identity\xa0: <sip:boss@x>",
        "\u202eP-Asserted-Identity: <sip:boss@x>",
    ],
)
def test_a_name_that_is_none_is_refused(line):
    with pytest.raises(Exception, match="Header") as caught:
        raw(line)
    assert caught.value.status == 400


@pytest.mark.parametrize("name", ["WWW-Authenticate", "Proxy-Authenticate"])
def test_a_phone_does_not_challenge_its_caller(name):
    it = Response(401, "Unauthorized", [*BASIC, (name, 'Digest realm="north.example", nonce="x"')])
    identity.from_untrusted(it)
    assert it.headers == BASIC


def test_what_says_nothing_of_identity_stays():
    it = request(("Subject", "x"), ("X-Other", "y"), ("Privacy", "id"), ("Identity", "signed"), ("Reason", "z"))
    before = list(it.headers)
    identity.from_untrusted(it)
    assert it.headers == before


def test_a_gateway_is_believed_but_headers_of_ours_are_ours():
    it = request(PAI, ("Diversion", "<sip:+431@x>"), ("X-freiton-edge", "1"))
    identity.from_trusted(it)
    assert names(it) == [*names(request()), "P-Asserted-Identity", "Diversion"]


# Privacy


@pytest.mark.parametrize(
    ("lines", "services"),
    [
        ([], set()),
        (["id"], {"id"}),
        (["ID ; Critical"], {"id", "critical"}),
        (["header;session;user"], {"header", "session", "user"}),
        (["id, header"], {"id", "header"}),  # not by the grammar, but it is meant
        (["id", "user"], {"id", "user"}),
        ([";;"], set()),
    ],
)
def test_services_of_privacy(lines, services):
    assert identity.privacy_of(request(*[("Privacy", line) for line in lines])) == services


@pytest.mark.parametrize(
    ("privacy", "is_shown"),
    [
        *(("", True), ("none", True), ("id", False), ("ID", False), ("critical;id", False)),
        *(("user", False), ("header", False), ("session", False), ("history", True), ("unheard-of", True)),
    ],
)
def test_an_assertion_is_shown_to_a_phone_unless_privacy_asks_that_it_is_not(privacy, is_shown):
    it = request(PAI, ("Remote-Party-ID", "<sip:+431999@x>"), *([("Privacy", privacy)] if privacy else []))
    identity.towards_untrusted(it)
    assert it.has("P-Asserted-Identity") is is_shown
    assert it.has("Remote-Party-ID") is is_shown


def test_an_anonymous_from_is_not_undone_by_an_assertion():
    it = request(PAI, sender=ANONYMOUS)
    identity.towards_untrusted(it)
    assert not it.has("P-Asserted-Identity")
    it = request(PAI, ("Privacy", "none"), sender=ANONYMOUS)
    identity.towards_untrusted(it)
    assert it.get("P-Asserted-Identity") == PAI[1]


@pytest.mark.parametrize("name", ["P-Charging-Vector", "P-Access-Network-Info", "P-Preferred-Identity"])
def test_what_networks_say_to_each_other_is_no_phones_business(name):
    it = request((name, "x"))
    identity.towards_untrusted(it)
    assert not it.has(name)


@pytest.mark.parametrize("name", ["Subject", "Organization", "User-Agent", "Call-Info", "Reply-To", "In-Reply-To"])
def test_informational_headers_go_where_privacy_of_the_user_is_asked_for(name):
    shown, hidden = request((name, "x")), request((name, "x"), ("Privacy", "user"))
    for it in (shown, hidden):
        identity.towards_untrusted(it)
    assert shown.has(name)
    assert not hidden.has(name)


@pytest.mark.parametrize("name", ["Diversion", "Remote-Party-ID"])
@pytest.mark.parametrize(
    ("values", "left"),
    [
        (["<sip:a@x>"], "<sip:a@x>"),
        (["<sip:a@x>;privacy=full"], None),
        (['"A, B" <sip:a@x>;reason=unconditional;Privacy="FULL"', "<sip:b@x>;privacy=off"], "<sip:b@x>;privacy=off"),
        (["<sip:a@x>;privacy=name, <sip:b@x>"], "<sip:b@x>"),
        (['<sip:a@x>;privacy=full;note=">"'], None),
        (['"broken'], None),
        (["<broken>"], None),
    ],
)
def test_each_value_may_ask_for_its_own_privacy(name, values, left):
    it = request(*[(name, value) for value in values])
    identity.towards_untrusted(it)
    assert it.get(name) == left


@pytest.mark.parametrize(
    ("value", "privacy", "left"),
    [
        ("<sip:a@x>;index=1", None, "<sip:a@x>;index=1"),
        ("<sip:a@x>;index=1", "history", None),
        ("<sip:a@x?Privacy=history>;index=1, <sip:b@x>;index=1.1", None, "<sip:b@x>;index=1.1"),
    ],
)
def test_history_is_hidden_where_it_is_asked_for(value, privacy, left):
    it = request(("History-Info", value), *([("Privacy", privacy)] if privacy else []))
    identity.towards_untrusted(it)
    assert it.get("History-Info") == left


@pytest.mark.parametrize("asked", ["id;critical", "none", "id;history;critical", "header", "session;user", ""])
def test_privacy_that_is_done_or_not_critical(asked):
    assert identity.undoable(request(("Privacy", asked))) is None


@pytest.mark.parametrize("asked", ["header;critical", "critical, session", "user;id;critical", "unheard-of;critical"])
def test_critical_privacy_that_is_not_done_is_named(asked):
    reason = identity.undoable(request(("Privacy", asked)))
    assert reason is not None
    assert any(service in reason for service in ("header", "session", "user", "unknown"))


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("Answer-Mode", "Auto", None),
        ("Priv-Answer-Mode", "Auto;require", None),
        ("Call-Info", "<sip:x>;answer-after=0", None),
        (
            "Call-Info",
            "<https://x/face.png>;purpose=icon, <sip:x>; Answer-After=0",
            "<https://x/face.png>;purpose=icon",
        ),
        ("Alert-Info", "<http://x>;info=alert-autoanswer;delay=0", None),
        ("Alert-Info", "Auto Answer", None),
        ("Alert-Info", "intercom", None),
        ("Alert-Info", "<http://x/bell.wav>", "<http://x/bell.wav>"),
    ],
)
def test_orders_to_answer_are_taken_away(name, value, left):
    it = raw(f"{name}: {value}")
    identity.without_orders(it)
    assert it.get(name) == left


# Who it is


@pytest.mark.parametrize(
    ("uri", "is_anonymous"),
    [
        ("sip:anonymous@anonymous.invalid", True),
        ("sips:Anonymous@ANONYMOUS.invalid;x=y", True),
        ("sip:anonymous.invalid", True),
        ("sip:alice@anonymous.invalid", False),
        ("sip:anonymous@north.example", False),
        ("sip:anonymous@anonymous.invalid.example", False),
        ("tel:anonymous", False),
    ],
)
def test_the_anonymous_from(uri, is_anonymous):
    assert identity.is_anonymous(parse_uri(uri)) is is_anonymous


@pytest.mark.parametrize(
    ("assertions", "uri"),
    [
        ([], "sip:alice@north.example"),
        (["<sip:+431999@x>"], "sip:+431999@x"),
        (["<tel:+431999>, <sip:x@y>"], "tel:+431999"),
        (["<urn:x:y>", "<tel:+431999>"], "tel:+431999"),
        (["broken <"], "sip:alice@north.example"),
    ],
)
def test_whom_a_gateway_asserts_is_believed(assertions, uri):
    it = request(*[("P-Asserted-Identity", value) for value in assertions])
    assert str(identity.believed(it)) == uri


@pytest.mark.parametrize(("caller_in", "user"), [("asserted", "+431"), ("remote_party_id", "+432"), ("from", "alice")])
def test_where_a_gateway_says_who_calls(caller_in, user):
    it = request(("P-Asserted-Identity", "<sip:+431@x>"), ("Remote-Party-ID", "<sip:+432@x>;party=calling"))
    assert identity.believed(it, caller_in).user == user


def test_a_broken_from_is_an_error_and_no_identity():
    with pytest.raises(HeaderError):
        identity.believed(request(sender=("From", "<broken")))


def test_responses_are_treated_alike():
    it = Response(200, "OK", [*BASIC, PAI, ("Privacy", "id"), ("P-Charging-Vector", "x")])
    identity.towards_untrusted(it)
    assert names(it) == [*names(request()), "Privacy"]


@pytest.mark.parametrize(
    ("privacy", "done"), [(None, True), ("none", True), ("id; history", True), ("id;user", False), ("foo", False)]
)
def test_which_privacy_is_done_here(privacy, done):
    headers = [("Privacy", privacy)] if privacy else []
    assert identity.is_done(request(*headers)) is done
