"""Names and numbers of the bench's subscribers. What is written is seen in test_bench.py."""

from bench import seed
from numbering.formats import NumberFormat, to_e164


def test_each_has_a_name_and_a_number_of_its_own() -> None:
    assert (seed.username(7), seed.e164(7)) == ("u7", "+4310000007")
    assert len({seed.e164(number) for number in (0, 1, 999_999)}) == 3


def test_the_number_can_be_dialled() -> None:
    assert to_e164(seed.e164(999_999), NumberFormat("Austria", "43")).e164 == "+4310999999"


def test_uids_are_of_version_4() -> None:
    assert seed.uid()[14] == "4"
    assert seed.uid() != seed.uid()
