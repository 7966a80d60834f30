"""Names of users and domains."""

import pytest
from django.core.exceptions import ValidationError

from subscribers.validators import validate_domain, validate_domain_name, validate_username


@pytest.mark.parametrize("name", ["alice", "a", "4311001", "a.b_c+d-e"])
def test_user_names(name: str) -> None:
    validate_username(name)


@pytest.mark.parametrize("name", ["", "Alice", "al ice", "alice@example.org", "a%41", "ä", "a/b", "alice\n", "a;b"])
def test_no_user_names(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_username(name)


@pytest.mark.parametrize("name", ["localhost", "example.org", "a-b.example.org", "xn--bcher-kva.example"])
def test_domains(name: str) -> None:
    validate_domain(name)
    validate_domain_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "example", "Example.org", "example.org.", "-a.example.org", "a-.example.org", "a..org", "a_b.org",
        "192.0.2.1", "example.123", "example.org\n", f"{'a' * 64}.org",
    ],
)  # fmt: skip
def test_no_domains(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_domain(name)


@pytest.mark.parametrize("name", ["192.0.2.1", "127.0.0.1", "::1", "2001:db8::1"])
def test_aliases_may_be_addresses(name: str) -> None:
    validate_domain_name(name)


@pytest.mark.parametrize(
    "name", ["2001:DB8::1", "2001:db8:0:0::1", "[::1]", "fe80::1%eth0", "192.0.2.256", "192.0.2.1:5060"]
)
def test_addresses_have_one_form(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_domain_name(name)


def test_names_that_dns_cannot_carry_are_no_aliases() -> None:
    with pytest.raises(ValidationError):
        validate_domain_name(".".join(["a" * 60] * 5) + ".org")
