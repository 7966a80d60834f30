"""CSV for spreadsheets: streamed, and nothing in it that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.http import StreamingHttpResponse

from provider.csv_cells import Echo, harmless


def safe_cell(value: Any) -> str:
    """A cell as text, harmless; numbers in E.164 keep their plus by that."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return harmless(str(value).replace("\0", ""))


def csv_response(name: str, header: Iterable[Any], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A download that is sent while it is made. name: of the file, without its ending."""
    writer = csv.writer(Echo())

    def lines() -> Iterator[bytes]:
        yield "\ufeff".encode()  # so that spreadsheets take it for UTF-8
        for row in chain([header], rows):
            yield writer.writerow([safe_cell(cell) for cell in row]).encode()

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
