#!/bin/sh
# Runs the viewer's tests under Node. The files are named one by one: what Node makes of a folder differs by version.
set -eu
cd "$(dirname "$0")/.."

if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' 2>/dev/null; then
    echo "The viewer's tests need Node.js 20 or newer; this is $(node --version 2>/dev/null || echo none)." >&2
    exit 1
fi
tests=$(find tests -name '*.test.js' -o -name '*.test.mjs' | sort)
if [ -z "$tests" ]; then
    echo "tests/ holds no *.test.js or *.test.mjs." >&2
    exit 1
fi
# shellcheck disable=SC2086  one word a file; none has a space in its name
exec node --test $tests
