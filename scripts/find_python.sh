#!/bin/sh
# Prints the Python to use, or says on one line what is wanted and fails.
# Each candidate is run, not looked up: version managers leave commands that only complain.
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
    if "$candidate" -c "$fits" >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
echo "Python 3.11, 3.12 or 3.13 is needed and none is on the PATH (PYTHON=/path/to/python names one)." >&2
exit 1
