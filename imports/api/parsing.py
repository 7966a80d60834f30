"""A file as the body of a request: as text/csv, or in a form (multipart/form-data) under the name `file`.

Neither holds it in memory: beyond a megabyte or two it lies in a temporary file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, cast

from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser

from imports.reading import MAX_BYTES
from provider.api.problems import TooLarge

FIELD: Final = "file"
IN_MEMORY: Final = 1_000_000
AT_ONCE: Final = 65_536
FORM_OVERHEAD: Final = 10_000
"""Bytes that a form adds to its file."""


class Upload:
    """A file that came. fingerprint: tells it from every other one, see provider/api/idempotency.py."""

    def __init__(self, file: IO[bytes], name: str, fingerprint: str) -> None:
        self.file, self.name, self.fingerprint = file, name, fingerprint

    def __bool__(self) -> bool:
        return True


class CsvParser(BaseParser):
    """The body is the file."""

    media_type = "text/csv"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The file. Raises TooLarge (413)."""
        del media_type
        _refuse_too_large(parser_context, 0)
        kept = cast(IO[bytes], SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - whoever reads it lets go of it
        digest = hashlib.sha256()
        while piece := stream.read(AT_ONCE):
            digest.update(piece)
            kept.write(piece)
        kept.seek(0)
        return Upload(kept, "", digest.hexdigest())


class FormParser(MultiPartParser):
    """The body is a form with the file; what is to be done with it stands in the address."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The file. Raises TooLarge (413), ParseError, ValidationError for a form with anything else in it."""
        _refuse_too_large(parser_context, FORM_OVERHEAD)
        form = super().parse(stream, media_type, parser_context)
        files = [(name, file) for name in form.files for file in form.files.getlist(name)]
        others = sorted({*form.data, *(name for name, _file in files)} - {FIELD})
        if others:
            text = "The form has the file alone; kind, dry_run and all else stand in the address."
            raise ValidationError({name: [text] for name in others}, "unknown")
        if [name for name, _file in files] != [FIELD]:
            raise ValidationError({FIELD: ["Send one file of this name."]}, "required")
        file = files[0][1]
        digest = hashlib.sha256()
        for piece in file.chunks(AT_ONCE):
            digest.update(piece)
        file.seek(0)
        return Upload(file, file.name or "", digest.hexdigest())


def _refuse_too_large(context: Mapping[str, Any] | None, more: int) -> None:
    """By Content-Length: no more than that is ever read of a body."""
    length = (context or {})["request"].META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BYTES + more:
        raise TooLarge(f"The file is too large: at most {MAX_BYTES // 1_000_000} MB are read. Send it in parts.")
