import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.sip.params import (
    HeaderError,
    find_param,
    is_token,
    parse_params,
    quote,
    set_params,
    split_list,
    str_params,
    unquote,
)


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("", ()),
        (";a", (("a", None),)),
        (";Tag=x;b=y", (("tag", "x"), ("b", "y"))),
        (" ; tag =  98asjd8 ; q\t=\t0.3 ", (("tag", "98asjd8"), ("q", "0.3"))),
        (';x="a;b=\\"c"', (("x", '"a;b=\\"c"'),)),
        (";received=[2001:db8::1]", (("received", "[2001:db8::1]"),)),
    ],
)
def test_parameters_are_read(text: str, params: tuple[tuple[str, str | None], ...]) -> None:
    assert parse_params(text) == params
    assert parse_params(str_params(params)) == params


@pytest.mark.parametrize("text", [";", ";;", ";a;", "a", ";a=", ";=b", ";a b", ';a="b', ";a=b c", ";a=b,", ";ü=b"])
def test_broken_parameters_are_refused(text: str) -> None:
    with pytest.raises(HeaderError) as caught:
        parse_params(text)
    assert caught.value.status == 400


def test_a_parameter_is_found_unquoted() -> None:
    params = parse_params(';a;b="x \\"y\\"";c=z')
    assert [find_param(params, name) for name in "abcd"] == ["", 'x "y"', "z", None]


def test_parameters_are_set_in_place_or_added() -> None:
    assert set_params((("a", "1"), ("b", None)), [("b", "2"), ("c", None)]) == (
        ("a", "1"),
        ("b", "2"),
        ("c", None),
    )


@given(st.text(st.characters(exclude_characters="\r\n")))
def test_any_text_can_be_quoted(text: str) -> None:
    assert unquote(quote(text)) == text
    assert split_list(f"{quote(text)}, b") == [quote(text), "b"]


def test_what_is_not_quoted_stays() -> None:
    assert unquote("a\\b") == "a\\b"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        ("a", ["a"]),
        ("a, b ,c", ["a", "b", "c"]),
        (" , a,, b,", ["a", "b"]),
        ('"a,b" <sip:c,d@e>;x="f,g", <sip:h>', ['"a,b" <sip:c,d@e>;x="f,g"', "<sip:h>"]),
        ('"a\\",b", c', ['"a\\",b"', "c"]),
        ('<a"b>, c', ['<a"b>', "c"]),
    ],
)
def test_lists_are_split_outside_quotes_and_brackets(text: str, values: list[str]) -> None:
    assert split_list(text) == values


@pytest.mark.parametrize("text", ['a, "b', "a, <b", 'a, "b\\"'])
def test_a_list_that_is_not_closed_is_refused(text: str) -> None:
    with pytest.raises(HeaderError):
        split_list(text)


@pytest.mark.parametrize("unit", [";", " ", '"', '\\"', ";a", ",", "<", '";', ";a=b", '"" '])
def test_hostile_values_cost_linear_time(unit: str) -> None:
    value = unit * (60_000 // len(unit))
    begun = time.process_time()
    for function in (parse_params, split_list):
        for text in (value, ";a=" + value, '"' + value, "a," + value + "\x00"):
            try:
                function(text)
            except HeaderError:
                continue
    assert time.process_time() - begun < 1


def test_tokens() -> None:
    assert is_token("a-.!%*_+`'~1")
    assert not any(map(is_token, ["", "a b", "a:b", "ü", "a\n", "a@b"]))
