import pytest
from django.core.exceptions import ValidationError

from accounts.validators import validate_user_agent_pattern


@pytest.mark.parametrize("pattern", ["friendly-scanner*", "abc", "*Söft*", "*" * 20 + "abc"])
def test_patterns_that_mean_somebody(pattern: str) -> None:
    validate_user_agent_pattern(pattern)


@pytest.mark.parametrize("pattern", ["*", "**", "*a*", "ab", " * *a", "abc\r\nVia: x", "abc\0"])
def test_patterns_that_would_shut_out_everybody_are_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        validate_user_agent_pattern(pattern)
