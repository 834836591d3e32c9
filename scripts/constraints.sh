#!/bin/sh
# Writes constraints.txt, what requirements-dev.txt resolves to today in an environment of its own, and of it what the
# page needs, with the hash of every file: requirements.lock, and requirements-torch.lock for PyTorch and its libraries
# for GPUs, which an image without a GPU takes from elsewhere. Run the tests before you keep them.
set -eu
cd "$(dirname "$0")/.."

python=${1:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
if [ "${2:-}" != locks ]; then
    "$folder/venv/bin/python" -m pip --disable-pip-version-check install -r requirements-dev.txt
    {
        echo "# The exact versions that were tested together, on $("$folder/venv/bin/python" -V), Linux, x86-64."
        echo "# make constraints writes this file; packages that a platform does not need are simply not installed there."
        "$folder/venv/bin/python" -m pip --disable-pip-version-check freeze --all --exclude pip --exclude wheel
    } >"$folder/constraints.txt"
    mv "$folder/constraints.txt" constraints.txt
fi

"$folder/venv/bin/python" -m pip --disable-pip-version-check --quiet install uv
"$folder/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    requirements.txt -c constraints.txt -o "$folder/all.lock"
head="# make constraints writes this file. It is installed by: pip install --require-hashes --no-deps -r"
for part in requirements requirements-torch; do
    echo "$head $part.lock" >"$folder/$part.lock"
done
awk -v rest="$folder/requirements.lock" -v torch="$folder/requirements-torch.lock" '
    /^[a-z]/ { out = /^(torch|torchvision|triton|nvidia-[a-z0-9-]+|cuda-[a-z]+)==/ ? torch : rest }
    { print >>out }' "$folder/all.lock"
mv "$folder/requirements.lock" "$folder/requirements-torch.lock" .
