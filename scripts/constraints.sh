#!/bin/sh
# Writes constraints.txt: what requirements-dev.txt resolves to today, in an environment of its own. Run the tests
# before you keep it.
set -eu
cd "$(dirname "$0")/.."

python=${1:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip --disable-pip-version-check install -r requirements-dev.txt
{
    echo "# The exact versions that were tested together, on $("$folder/venv/bin/python" -V), Linux, x86-64."
    echo "# make constraints writes this file; packages that a platform does not need are simply not installed there."
    "$folder/venv/bin/python" -m pip --disable-pip-version-check freeze --all --exclude pip --exclude wheel
} >"$folder/constraints.txt"
mv "$folder/constraints.txt" constraints.txt
