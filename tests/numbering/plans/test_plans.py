"""The national plans: what their files say, tried with their own vectors."""

import pytest

from numbering.plans import PLANS, Plan, plan, plan_of_code

plans = pytest.mark.parametrize("known", [plan(key) for key in PLANS], ids=PLANS)


@plans
def test_a_plan_is_found_by_its_country_code(known: Plan) -> None:
    assert plan_of_code(known.country_code) is known


@plans
def test_every_plan_names_its_sources_and_version(known: Plan) -> None:
    assert known.sources
    assert known.version


def test_there_is_no_plan_of_nowhere() -> None:
    assert plan("xx") is None
    assert plan("") is None
    assert plan("../secrets") is None
    assert plan_of_code("999") is None
