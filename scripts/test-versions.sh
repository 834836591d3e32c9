#!/bin/sh
# Runs the fast tests, and those of the page's server, on the oldest or the newest versions that requirements.txt
# allows, in an environment of their own below build/.
set -eu
cd "$(dirname "$0")/.."

which=$1
python=${2:-python3}
folder=build/$which
rm -rf "$folder"
"$python" -m venv "$folder"
case $which in
    # Each lower bound as a pin; what those need in their turn is as new as may be.
    oldest) sed -nE 's/^([a-z-]+)(\[[a-z]+\])?>=([0-9.]+).*/\1==\3/p' requirements.txt >"$folder/constraints.txt" ;;
    newest) : >"$folder/constraints.txt" ;;
    *) echo "oldest or newest?" >&2 && exit 2 ;;
esac
"$folder/bin/python" -m pip --disable-pip-version-check install -r requirements-dev.txt -c "$folder/constraints.txt"
"$folder/bin/python" -m pytest -q -m fast
"$folder/bin/python" -m pytest -q tests/page/test_api.py tests/page/test_server.py tests/page/test_mcp.py \
    tests/page/test_gradio_internals.py
