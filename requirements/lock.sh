#!/bin/sh
# Pins pyproject.toml's dependencies with hashes. The result names no registry.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
pin() {
    out=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
        --output-file "$out" "$@" pyproject.toml
}
pin requirements/runtime.txt
pin requirements/dev.txt --group dev
