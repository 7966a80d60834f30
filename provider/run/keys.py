"""Keys that nobody gave: made on the first start, kept in `$DATA_DIR/keys.env` (0600), the same ever after."""

import os
import secrets
from dataclasses import replace
from pathlib import Path

from cryptography.fernet import Fernet

from provider.run.environment import Environment, read_file
from provider.run.errors import StartError

MODE = 0o600
KEPT_IN_ENV = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "CREDENTIAL_KEYS")


def with_keys(environment: Environment) -> Environment:
    """The environment with SECRET_KEY and CREDENTIAL_KEYS filled in, given or kept or made now.

    Raises StartError when the file was opened to others: its keys are then not secret any more.
    """
    file = environment.data_dir / "keys.env"
    kept = _kept(file)
    secret_key = environment.secret_key or kept.get("SECRET_KEY") or secrets.token_urlsafe(48)
    credential_keys = ",".join(environment.credential_keys) or kept.get("CREDENTIAL_KEYS") or _fernet_key()
    made = {} if environment.secret_key else {"SECRET_KEY": secret_key}
    made |= {} if environment.credential_keys else {"CREDENTIAL_KEYS": credential_keys}
    if made and made.items() - kept.items():
        write_private(file, as_lines(kept | made))
    return replace(environment, secret_key=secret_key, credential_keys=tuple(credential_keys.split(",")))


def require_keys(environment: Environment) -> None:
    """Raises StartError for a part that would start without keys: its logins would end with it."""
    if not environment.secret_key or not environment.credential_keys:
        raise StartError(
            "SECRET_KEY and CREDENTIAL_KEYS are not known here: start `make run` or `python -m provider.run.prepare` "
            "on this DATA_DIR first, or set them."
        )


def as_lines(values: dict[str, str]) -> str:
    """NAME='value' lines, as `.env` files have them."""
    return "".join(f"{name}='{value}'\n" for name, value in values.items())


def env_file(environment: Environment) -> str:
    """`$DATA_DIR/run/env`: what a part or a command that is started alone needs to know of this instance."""
    values = environment.as_variables()
    return as_lines({name: values[name] for name in KEPT_IN_ENV})


def write_private(file: Path, text: str) -> None:
    """Writes a file that only its owner can read, as one atomic change."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(file.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    new.replace(file)


def _kept(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    if file.stat().st_mode & 0o077:
        raise StartError(f"{file} can be read by others and holds secret keys: run `chmod 600 {file}` first.")
    return read_file(file)


def _fernet_key() -> str:
    return Fernet.generate_key().decode()
