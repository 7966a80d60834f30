"""As whom PostgreSQL runs: it refuses to run as root, so root needs a way to be somebody else.

Tried in this order, and tried out before use: as whoever owns the data already; in a user namespace, where root
looks like an ordinary user and still owns its files; as the owner of the folder above; as `nobody`.

initdb also refuses a user that the system does not know by name (containers are often run so): a user namespace
lends it a name.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from provider.run.errors import StartError


@dataclass(frozen=True, slots=True)
class RunAs:
    """What to write in front of a command, and who must own the files; None: whoever we are."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None


def _as_user(uid: int, gid: int) -> RunAs:
    drop = ("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    return RunAs((*drop, *(() if _has_name(uid) else _namespace().prefix)), (uid, gid))


def _namespace() -> RunAs:
    """In which we look like some user that the system knows by name, and still own what is ours."""
    known = sorted(user.pw_uid for user in pwd.getpwall() if user.pw_uid > 0)
    looks_like = known[0] if known else 1
    return RunAs(("unshare", "-U", f"--map-user={looks_like}", f"--map-group={looks_like}"), (0, 0))


def _has_name(uid: int) -> bool:
    return any(user.pw_uid == uid for user in pwd.getpwall())


def _candidates(folder: Path) -> Iterator[RunAs]:
    owner = folder.stat()
    if owner.st_uid != 0 and any(folder.iterdir()):
        yield _as_user(owner.st_uid, owner.st_gid)
        return
    yield _namespace()
    for parent in folder.parents:
        owner = parent.stat()
        if owner.st_uid != 0:
            yield _as_user(owner.st_uid, owner.st_gid)
            break
    try:
        nobody = pwd.getpwnam("nobody")
        yield _as_user(nobody.pw_uid, nobody.pw_gid)
    except KeyError:
        return


def _works(candidate: RunAs, folder: Path, program: Path) -> bool:
    """Tries it out: can that user write into the folder and run the program?"""
    if shutil.which(candidate.prefix[0]) is None:
        return False
    script = '[ "$(id -u)" != 0 ] && touch "$1/.try" && rm "$1/.try" && "$2" --version'
    command = [*candidate.prefix, "sh", "-c", script, "sh", str(folder), str(program)]
    result = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own command
    return result.returncode == 0


def choose(folder: Path, program: Path) -> RunAs:
    """Finds who runs `program` on `folder`, which must exist; gives the folder to that user.

    Raises StartError when root finds no way, or when the folder belongs to somebody else.
    """
    if os.geteuid() != 0:
        return _ordinary(folder)
    before = folder.stat()
    for candidate in _candidates(folder):
        assert candidate.owner is not None  # noqa: S101 - for the type checker: every candidate has one
        os.chown(folder, *candidate.owner)
        if _works(candidate, folder, program):
            return candidate
    os.chown(folder, before.st_uid, before.st_gid)
    raise StartError(
        f"PostgreSQL does not run as root, and here root can neither open a user namespace (unshare) nor reach "
        f"{folder} as another user (setpriv): run as an ordinary user, or give a DATABASE_URL."
    )


def _ordinary(folder: Path) -> RunAs:
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise StartError(
            f"{folder} belongs to another user (uid {owner}): run as that user, or set DATA_DIR to another folder."
        )
    return RunAs() if _has_name(owner) else RunAs(_namespace().prefix)
