#!/usr/bin/env python
"""Django's command line for operators."""

import os
import sys


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iac_platform.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415  # needs settings

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
