"""The kinds of problems that the API answers with (`type` and `title` of RFC 9457), one for each status."""

from __future__ import annotations

from typing import Final, NamedTuple

PAGE: Final = "/api/problems/"


class ProblemType(NamedTuple):
    """status: HTTP's. name: stable, for programs, and where on the page it is explained."""

    status: int
    name: str
    title: str
    meaning: str

    @property
    def address(self) -> str:
        """The `type` of a problem document."""
        return f"{PAGE}#{self.name}"

    @property
    def parts(self) -> list[tuple[str, bool]]:
        """The meaning in pieces, each with whether it is code."""
        return [(piece, bool(place % 2)) for place, piece in enumerate(self.meaning.split("`")) if piece]


PROBLEM_TYPES: Final = (
    ProblemType(
        400,
        "not-accepted",
        "Not accepted",
        "A member or parameter is missing, unknown or wrong, or the body cannot be read. `errors` names each field "
        "with a code for programs and a message for people. Sent again as it is, it is refused again.",
    ),
    ProblemType(
        401,
        "not-authenticated",
        "Not authenticated",
        "The token is missing, unknown, expired, revoked or used from outside its networks, or its owner was "
        "suspended.",
    ),
    ProblemType(403, "not-allowed", "Not allowed", "The token lacks the scope, or its owner may only read this."),
    ProblemType(404, "not-found", "Not found", "There is nothing at this address, or it is not yours to see."),
    ProblemType(
        405, "method-not-allowed", "Method not allowed", "The address takes other methods; `Allow` names them."
    ),
    ProblemType(406, "not-acceptable", "Not acceptable", "None of the media types in `Accept` can be given."),
    ProblemType(
        409,
        "conflict",
        "Conflict",
        "What stands now does not allow it: it is still used, or somebody else was quicker. Read again, then decide.",
    ),
    ProblemType(
        410,
        "gone",
        "Gone",
        "It was here, and is given once or for a while only. A cursor that lies before what is kept: something was "
        "missed, start anew without it. Passwords of an import: rotate the credentials instead.",
    ),
    ProblemType(
        412,
        "changed-meanwhile",
        "Changed meanwhile",
        "`If-Match` names another version than the one that stands. Nothing was changed: read it again.",
    ),
    ProblemType(413, "too-large", "Too large", "The body is larger than this operation takes."),
    ProblemType(
        415, "unsupported-media-type", "Unsupported media type", "The body is of a type that is not read here."
    ),
    ProblemType(
        422,
        "not-carried-out",
        "Not carried out",
        "The request was understood, and none of it done: its Idempotency-Key was used for another one, or rows of a "
        "bulk request were refused that was to be done as a whole.",
    ),
    ProblemType(
        428,
        "version-required",
        "Version required",
        "Without `If-Match` this could undo what somebody else did.",
    ),
    ProblemType(429, "too-many-requests", "Too many requests", "`Retry-After` says in how many seconds to go on."),
    ProblemType(500, "our-fault", "Our fault", "This should not happen, and was written to our log."),
    ProblemType(
        503, "unavailable", "Unavailable", "The database does not answer. `Retry-After` says when to try again."
    ),
)

_BY_STATUS: Final = {kind.status: kind for kind in PROBLEM_TYPES}


def problem_type(status: int) -> ProblemType:
    """The kind of a status; of those that are not listed the one of its class."""
    return _BY_STATUS.get(status) or _BY_STATUS[400 if status < 500 else 500]
