#!/bin/sh
# Make a virtual environment, also on a bare Debian whose python3 comes without venv: root can add the missing package.
set -eu
PYTHON="${PYTHON:-python3}"
VENV="${VENV:-.venv}"

say() { echo "myoflare: $*" >&2; }

command -v "$PYTHON" >/dev/null 2>&1 || { say "there is no $PYTHON here; install Python 3.11 or later, or say make PYTHON=/path/to/python3."; exit 1; }
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "$PYTHON is older than 3.11; say make PYTHON=/path/to/a/newer/python3."; exit 1; }

if [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then exit 0; fi

rm -rf "$VENV"
if "$PYTHON" -m venv "$VENV" >/dev/null 2>&1; then exit 0; fi
rm -rf "$VENV"

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  say "python3 comes without venv here; installing the package python3-venv."
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null || true
  if "$PYTHON" -m venv "$VENV" >/dev/null 2>&1; then exit 0; fi
  rm -rf "$VENV"
fi
say "$PYTHON cannot make a virtual environment; as root, run: apt-get install python3-venv"
exit 1
