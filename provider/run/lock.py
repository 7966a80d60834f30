"""One running instance for each data folder: the kernel drops the lock when its holder dies, however it dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provider.run.errors import StartError


@contextmanager
def only_instance(run_dir: Path) -> Iterator[None]:
    """Holds `run_dir/lock`. Raises StartError when another instance holds it, or the folder cannot be written."""
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        handle = (run_dir / "lock").open("w")
    except OSError as error:
        raise StartError(f"{run_dir} cannot be written ({error.strerror}): set DATA_DIR to another folder.") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                f"An instance already runs on {run_dir.parent}: stop it, or set DATA_DIR, HTTP_BIND and SIP_BIND "
                "to run another one beside it."
            ) from None
        yield
