"""What is wired when the app is loaded."""

from imports.admin_upload import take_numbers
from numbering import admin_import


def test_large_files_of_numbers_become_jobs() -> None:
    assert admin_import.hand_over is take_numbers
