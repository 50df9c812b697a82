#!/usr/bin/env bash
# Installs Microsoft's own Logic Apps engine into .engine beside this script, as a reference that
# tests compare with. It is a .NET library for Linux x86-64, in a Python environment of its own;
# the project neither ships it nor needs it to run. Exits with 3 and the reason where it cannot be.
set -euo pipefail
cd "$(dirname "$0")"

unable() { echo "Microsoft's Logic Apps engine is not installed: $1"; exit 3; }

[ "$(uname -sm)" = "Linux x86_64" ] || unable "it runs on Linux x86-64, and this is $(uname -sm)"
! ldd --version 2>&1 | grep -qi musl || unable "its .NET runtime needs glibc, and this is musl"

wanted=$(cat install.sh requirements.txt openssl.txt | sha256sum)
[ "$(cat .engine/installed 2>/dev/null)" != "$wanted" ] || exit 0

rm -rf .engine
uv venv --quiet .engine
uv pip install --quiet --python .engine/bin/python --no-deps --require-hashes -r requirements.txt
uv pip install --quiet --target .engine/openssl --no-deps --require-hashes -r openssl.txt \
  --python-version 3.9 --python-platform x86_64-manylinux2014 --only-binary :all:
cd .engine/openssl/psycopg2_binary.libs
for library in libssl libcrypto; do ln -s $library-*.so.1.1 $library.so.1.1; done
cd "$OLDPWD"
echo "$wanted" > .engine/installed
