import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.auth import digest
from sipedge.auth.digest import (
    MAX_AUTHORIZATION_LENGTH,
    MAX_CREDENTIALS,
    MOST_TRIED,
    Authorization,
    DigestError,
    OtherSchemeError,
    parse_authorization,
    response,
    verify,
)
from sipedge.auth.ha1 import Ha1Set

REALM = "example.org"
ALICE = Ha1Set.from_password("alice", REALM, "geheim")
OTHER = Ha1Set.from_password("alice", REALM, "anders")
USUAL = (
    'Digest username="alice", realm="example.org", nonce="abc", uri="sip:example.org", response="00", '
    'algorithm=MD5, cnonce="xy", nc=0000000a, qop=auth'
)


def signed(known: Ha1Set, **changes: Any) -> Authorization:
    """Credentials of alice with the right response for REGISTER by one credential."""
    bare = parse_authorization(USUAL)._replace(**changes)
    long = "@" in bare.username
    if bare.algorithm == "MD5":
        ha1 = known.md5_at if long else known.md5
    else:
        ha1 = known.sha256_at if long else known.sha256
    assert ha1 is not None
    return bare._replace(response=response(bare, "REGISTER", ha1))


def test_credentials_are_read() -> None:
    assert parse_authorization(USUAL) == Authorization(
        username="alice",
        realm="example.org",
        nonce="abc",
        uri="sip:example.org",
        response="00",
        algorithm="MD5",
        qop="auth",
        cnonce="xy",
        nc="0000000a",
        nonce_count=10,
    )


def test_spelling_order_and_spacing_do_not_matter() -> None:
    value = (
        'DIGEST  QOP="AUTH" , Nc="00000001",,CNONCE = a,response="R",uri="sip:x;a=1,2",nonce=N ,'
        'username="a\\"b,c", realm="r", opaque="", x-new=1 ,'
    )
    read = parse_authorization(value)
    assert (read.username, read.uri, read.qop, read.nonce_count) == ('a"b,c', "sip:x;a=1,2", "auth", 1)
    assert (read.algorithm, read.nonce, read.response, read.cnonce) == ("MD5", "N", "R", "a")


@pytest.mark.parametrize("value", ["Basic YWxhZGRpbg==", "NoOneKnowsThisScheme opaque-data=here", "", "Digestive a=b"])
def test_other_schemes_are_told_apart(value: str) -> None:
    with pytest.raises(OtherSchemeError):
        parse_authorization(value)


@pytest.mark.parametrize(
    "value",
    [
        "Digest",
        "Digest ",
        "Digest x",
        "Digest =",
        USUAL + ", garbage",
        USUAL + ', a="unclosed',
        USUAL + ', a="b" c',
        USUAL + ", nc=00000001",
        USUAL.replace('username="alice", ', ""),
        USUAL.replace('realm="example.org", ', ""),
        USUAL.replace('nonce="abc", ', ""),
        USUAL.replace('uri="sip:example.org", ', ""),
        USUAL.replace('response="00", ', ""),
        USUAL.replace("nc=0000000a, ", ""),
        USUAL.replace('cnonce="xy", ', ""),
        USUAL.replace("0000000a", "0000000g"),
        USUAL.replace("0000000a", "000000001"),
        USUAL.replace("0000000a", "-1"),
        USUAL.replace('"alice"', '"al\\\x00ice"'),
        USUAL.replace('"example.org"', '"example\x01.org"', 1),
        USUAL + ", x=" + "y" * MAX_AUTHORIZATION_LENGTH,
    ],
)
def test_broken_credentials_are_a_400(value: str) -> None:
    with pytest.raises(DigestError) as caught:
        parse_authorization(value)
    assert caught.value.status == 400


@pytest.mark.parametrize("unit", ["a", 'a="', 'a="\\"', "=", ",", '"', "a=b"])
def test_hostile_credentials_cost_linear_time(unit: str) -> None:
    value = "Digest " + unit * ((MAX_AUTHORIZATION_LENGTH - 8) // len(unit))
    begun = time.process_time()
    for _ in range(20):
        with pytest.raises(DigestError):
            parse_authorization(value)
    assert time.process_time() - begun < 0.2


@given(st.text(alphabet='="\\, anrc:\x00é\udcff', max_size=60))
def test_no_credentials_raise_anything_else(noise: str) -> None:
    for value in ("Digest " + noise, USUAL + noise):
        try:
            verify(parse_authorization(value), "REGISTER", [ALICE], "alice", REALM)
        except DigestError:
            continue


def test_the_example_of_rfc_7616() -> None:
    for algorithm, ha1, expected in (
        ("MD5", "3d78807defe7de2157e2b0b6573a855f", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "SHA-256",
            "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ):
        credentials = Authorization(
            username="Mufasa",
            realm="http-auth@example.org",
            nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            uri="/dir/index.html",
            response="",
            algorithm=algorithm,
            qop="auth",
            cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            nc="00000001",
        )
        assert response(credentials, "GET", bytes.fromhex(ha1)) == expected


def test_the_example_of_rfc_2617_without_qop() -> None:
    known = Ha1Set.from_password("Mufasa", "testrealm@host.com", "Circle Of Life")
    credentials = Authorization(
        "Mufasa", "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "/dir/index.html", ""
    )
    assert known.md5 is not None
    assert response(credentials, "GET", known.md5) == "670fd8c2df070c60b045671b8b24ff02"


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("username", ["alice", "alice@example.org"])
@pytest.mark.parametrize("qop", ["auth", ""])
def test_the_right_password_is_right(algorithm: str, username: str, qop: str) -> None:
    credentials = signed(ALICE, algorithm=algorithm, username=username, qop=qop)
    assert verify(credentials, "REGISTER", [ALICE], "alice", REALM)
    assert verify(credentials._replace(response=credentials.response.upper()), "REGISTER", [ALICE], "alice", REALM)
    assert verify(credentials, "REGISTER", [OTHER, ALICE], "alice", REALM)


def test_what_is_wrong() -> None:
    right = signed(ALICE)
    assert not verify(right, "INVITE", [ALICE], "alice", REALM)
    assert not verify(right, "REGISTER", [OTHER], "alice", REALM)
    assert not verify(right, "REGISTER", [], "alice", REALM)
    assert not verify(right, "REGISTER", [Ha1Set()], "alice", REALM)
    assert not verify(right, "REGISTER", [ALICE], "bob", REALM)
    assert not verify(right, "REGISTER", [ALICE], "alice", "other.org")
    changes: list[dict[str, Any]] = [
        {"nonce": "abd"},
        {"uri": "sip:x"},
        {"cnonce": "z"},
        {"nc": "00000001"},
        {"qop": ""},
    ]
    for change in changes:
        assert not verify(right._replace(**change), "REGISTER", [ALICE], "alice", REALM)
    for wrong in ("", "é", "\udcff", right.response + " ", "0" * 32):
        assert not verify(right._replace(response=wrong), "REGISTER", [ALICE], "alice", REALM)


@pytest.mark.parametrize("username", ["Alice", "alice@other.org", "alice@", "@example.org", "alice@EXAMPLE.org"])
def test_another_digest_user_is_wrong(username: str) -> None:
    assert not verify(signed(ALICE, username=username), "REGISTER", [ALICE], "alice", REALM)


@pytest.mark.parametrize("change", [{"algorithm": "MD5-SESS"}, {"algorithm": "SHA-512"}, {"qop": "auth-int"}])
def test_what_is_not_ours_is_wrong_and_has_no_response(change: dict[str, Any]) -> None:
    foreign = signed(ALICE)._replace(**change)
    assert not verify(foreign, "REGISTER", [ALICE], "alice", REALM)
    with pytest.raises(DigestError):
        response(foreign, "REGISTER", b"x" * 16)


@pytest.mark.parametrize("count", range(MOST_TRIED + 1))
def test_a_wrong_password_costs_the_same_work_however_many_credentials_there_are(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = signed(ALICE)
    hashed: list[str] = []
    true_md5 = digest._DIGESTS["MD5"]

    def counting(text: str) -> str:
        hashed.append(text)
        return true_md5(text)

    monkeypatch.setitem(digest._DIGESTS, "MD5", counting)
    assert not verify(right, "REGISTER", [OTHER] * count, "alice", REALM)
    assert len(hashed) == MOST_TRIED


def test_no_more_credentials_are_tried_than_a_subscriber_and_a_gateway_have() -> None:
    assert verify(signed(ALICE), "REGISTER", [OTHER] * MAX_CREDENTIALS + [ALICE], "alice", REALM)
    assert not verify(signed(ALICE), "REGISTER", [OTHER] * MOST_TRIED + [ALICE], "alice", REALM)
