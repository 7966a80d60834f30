import pytest

from sipedge.routing.dialled import dialled
from sipedge.sip.uri import parse_uri


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("sip:bob@north.example", "bob"),
        ("sip:%62ob@north.example", "bob"),
        ("sip:north.example", ""),
        ("sip:+4311002;isub=1@north.example", "+4311002"),
        ("sip:bob;par=u@north.example", "bob;par=u"),
        ("tel:+43-1-1002;ext=1", "+43-1-1002"),
        # RFC 3966 §5.1.5: a local number in the context of a global prefix
        ("tel:1002;phone-context=+431", "+4311002"),
        ("sip:1002;phone-context=+431@north.example;user=phone", "+4311002"),
        ("tel:1002;phone-context=north.example", "1002"),
        ("tel:+4311002;phone-context=+49", "+4311002"),
    ],
)
def test_what_is_dialled(uri, user):
    assert dialled(parse_uri(uri)) == user
