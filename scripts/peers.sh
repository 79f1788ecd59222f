#!/bin/sh
# The tests compare with libRoadRunner, whose binary wants Python's shared library; Debian keeps that in a package of its
# own. Root can add it; without it those tests are skipped and say so.
set -eu
VENV="${VENV:-.venv}"

say() { echo "myoflare: $*" >&2; }

"$VENV/bin/python" -c 'import roadrunner' 2>/dev/null && exit 0
package="libpython$("$VENV/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  say "libRoadRunner wants $package; installing it."
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null 2>&1 || true
fi
"$VENV/bin/python" -c 'import roadrunner' 2>/dev/null && exit 0
say "libRoadRunner does not load here, so the comparison with it is skipped; as root, run: apt-get install $package"
