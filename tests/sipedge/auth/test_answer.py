"""Answers to challenges, by the examples of RFC 7616, RFC 2617 and RFC 2069, and checked by our own server side."""

import re

import pytest

from sipedge.auth.answer import MAX_CHALLENGE_LENGTH, ServerChallenge, credentials, read_challenges
from sipedge.auth.challenge import challenge as written
from sipedge.auth.digest import MD5, SHA_256, parse_authorization, verify
from sipedge.auth.ha1 import Ha1Set

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
RFC_2617 = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def read_one(value):
    (challenge,) = read_challenges([value])
    return challenge


def answered(value, username, password, cnonce, method="GET", uri="/dir/index.html", count=1):
    return credentials(read_one(value), username, password, method, uri, nonce_count=count, cnonce=cnonce)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm, response):
    value = answered(RFC_7616.format(algorithm), "Mufasa", "Circle of Life", CNONCE)
    assert f'response="{response}"' in value
    assert f"algorithm={algorithm}" in value
    assert f'cnonce="{CNONCE}", qop=auth, nc=00000001' in value
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value


def test_the_example_of_rfc_2617():
    value = answered(RFC_2617, "Mufasa", "Circle Of Life", "0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in value
    assert "algorithm" not in value  # the server named none


def test_without_qop_as_in_rfc_2069():
    value = answered(RFC_2617.replace('qop="auth,auth-int", ', ""), "Mufasa", "CircleOfLife", "unused")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in value
    assert not re.search("qop|nc=|cnonce", value)


@pytest.mark.parametrize("algorithm", [MD5, SHA_256])
@pytest.mark.parametrize("username", ["431234", 'a"b\\c', "müller"])
def test_our_own_server_side_takes_it(algorithm, username):
    given = answered(written("carrier.example", "abc", algorithm, stale=False), username, "pass:word", "cn", "INVITE")
    known = [Ha1Set.from_password(username, "carrier.example", "pass:word")]
    assert verify(parse_authorization(given), "INVITE", known, username, "carrier.example")
    assert not verify(parse_authorization(given), "BYE", known, username, "carrier.example")


def test_counting_up():
    first, second = (answered(RFC_2617, "a", "b", "c", count=count) for count in (1, 2))
    assert "nc=00000002" in second
    assert re.search('response="[^"]+"', first)[0] != re.search('response="[^"]+"', second)[0]


def test_what_a_challenge_says():
    assert read_one('digest  realm="a \\"b\\"",nonce="n" , stale=TRUE, algorithm=sha-256, x=y') == ServerChallenge(
        'a \\"b\\"', "n", SHA_256, "", None, True, True
    )
    assert read_one('Digest realm="a \\"b\\"", nonce="n"').realm_name == 'a "b"'


@pytest.mark.parametrize(
    "value",
    [
        'Basic realm="a"',
        'Digest nonce="n"',
        'Digest realm="a"',
        'Digest realm="a", nonce=""',
        'Digest realm="a", nonce="n", algorithm=MD5-sess',
        'Digest realm="a", nonce="n", algorithm=AKAv1-MD5',
        'Digest realm="a", nonce="n", qop="auth-int"',
        'Digest realm="a", nonce="n", nonce="m"',
        'Digest realm="a", nonce="n',
        'Digest realm="a", nonce="n\r\nX: y"',
        "Digest",
        "",
        f'Digest realm="a", nonce="{"n" * MAX_CHALLENGE_LENGTH}"',
    ],
)
def test_what_cannot_be_answered_is_passed_over(value):
    assert read_challenges([value]) == []
    assert [one.realm for one in read_challenges([value, 'Digest realm="b", nonce="n"'])] == ["b"]
