#!/usr/bin/env python
"""Django's command line for operators."""

import os
import sys


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iac_platform.settings")
    from iac_platform.command_line import main  # noqa: PLC0415  # needs settings

    main(sys.argv)


if __name__ == "__main__":
    main()
