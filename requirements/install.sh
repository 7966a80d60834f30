#!/bin/sh
# Makes .venv with the pinned packages of one set: `install.sh runtime` or `install.sh dev`.
# Does nothing when that set was installed already; says in one sentence what is missing on this machine.
set -eu

set_name=$1
root=$(cd "$(dirname "$0")/.." && pwd)
venv=$root/.venv
pins=$root/requirements/$set_name.txt
stamp=$venv/.freiton-$set_name

# Two that start at once take turns.
if [ -z "${FREITON_INSTALLING:-}" ] && command -v flock >/dev/null 2>&1; then
    FREITON_INSTALLING=1 exec flock "$root/requirements/install.sh" sh "$0" "$@"
fi

refuse() {
    echo "$1" >&2
    exit 1
}

# The newest Python that fits, by name; pyenv's shims of versions that are not there fail the look.
find_python() {
    for candidate in ${PYTHON_FOR_VENV:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    command -v python3 >/dev/null 2>&1 ||
        refuse "Python is missing: install Python 3.11, 3.12 or 3.13 (Debian: apt install python3 python3-venv)."
    refuse "Python 3.11, 3.12 or 3.13 is needed, and this machine has $(python3 --version 2>&1): install one of them."
}

check_machine() {
    "$1" - <<'PYTHON' || refuse "This machine's C library is too old or is not glibc: Linux with glibc 2.28 or newer is needed."
import os
import sys

try:
    name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
    sys.exit(name != "glibc" or tuple(map(int, version.split(".")[:2])) < (2, 28))
except (AttributeError, OSError, ValueError):
    sys.exit(1)
PYTHON
}

make_venv() {
    python=$(find_python) || exit 1
    check_machine "$python"
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        refuse "Python's venv module is missing: install it (Debian: apt install python3-venv) and run this again."
    rm -rf "$venv"
    "$python" -m venv "$venv" || refuse "The virtual environment $venv cannot be made: see the lines above."
}

# uv when it is there (seconds instead of a minute), else pip.
install_pins() {
    uv=$venv/bin/uv
    [ -x "$uv" ] || uv=$(command -v uv || true)
    if [ -n "$uv" ] && "$uv" --version >/dev/null 2>&1; then
        "$uv" pip install --quiet --python "$venv/bin/python" --require-hashes --no-deps -r "$pins" && return
    fi
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip --upgrade >/dev/null
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r "$pins"
}

if ! "$venv/bin/python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
    make_venv
fi
wanted=$(sha256sum "$pins" | cut -d ' ' -f 1)
[ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ] && exit 0
echo "Installing the Python packages of requirements/$set_name.txt (once; a minute at most) …"
install_pins || refuse "The packages of requirements/$set_name.txt could not be installed: see the lines above (is the package index reachable?)."
# The sets overlap in other versions never, but dev holds all of runtime: having installed it counts for both.
echo "$wanted" >"$stamp"
if [ "$set_name" = dev ]; then
    sha256sum "$root/requirements/runtime.txt" | cut -d ' ' -f 1 >"$venv/.freiton-runtime"
fi
