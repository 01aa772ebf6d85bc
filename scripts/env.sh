# Sourced by the other scripts: makes .venv ready, then leaves its folder in $VENV.
# All it says goes to stderr, so that a script's output is its own.
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
VENV=$ROOT/.venv

# The interpreter to build .venv with: TSUR_PYTHON, else the first one on PATH that is new enough.
find_python() {
    for candidate in ${TSUR_PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python /usr/bin/python3}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "tsur: no Python 3.11 or newer on PATH. Install one (Debian, Ubuntu: apt-get install python3 python3-venv)," >&2
    echo "      or name yours: TSUR_PYTHON=/path/to/python $0" >&2
    return 1
}

PYTHON=$(find_python) || exit 1
"$PYTHON" -I "$ROOT/scripts/environment.py" >&2 || exit 1
