"""The far end's side of digests: challenges that carriers make, and whether what came back is right."""

from sipedge.auth.challenge import challenge
from sipedge.auth.digest import MD5, parse_authorization, verify
from sipedge.auth.ha1 import Ha1Set
from sipedge.facts import GatewayAccount

REALM = "carrier.example"
ACCOUNT = GatewayAccount("431234", "a secret")
ASKS = {401: "WWW-Authenticate", 407: "Proxy-Authenticate"}
ANSWERS = {401: "Authorization", 407: "Proxy-Authorization"}


def asking(status_code=407, nonce="n1", *, realm=REALM, algorithm=MD5, stale=False):
    """The header of a challenge."""
    return [(ASKS[status_code], challenge(realm, nonce, algorithm, stale))]


def given(request, status_code=407):
    """The credentials of a request, None where it has none; they have to be right."""
    value = request.get(ANSWERS[status_code])
    if value is None:
        return None
    credentials = parse_authorization(value)
    known = [Ha1Set.from_password(ACCOUNT.username, credentials.realm, ACCOUNT.password)]
    assert credentials.uri == request.request_uri
    assert verify(credentials, request.method, known, ACCOUNT.username, credentials.realm), value
    return credentials
