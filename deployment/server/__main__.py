"""``python -m deployment.server``: become the application server that the environment asks for."""

from __future__ import annotations

import os
import sys

from deployment.server.commands import Serving, UnknownSetting


def main() -> None:
    """Replace this process, so that signals reach the server itself."""
    try:
        command = Serving.read(os.environ).command()
    except UnknownSetting as error:
        sys.exit(str(error))
    os.execv(command[0], command)  # noqa: S606  # our own interpreter and a fixed list


if __name__ == "__main__":
    main()
