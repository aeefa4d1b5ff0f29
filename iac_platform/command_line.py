"""``manage.py``: Django's commands as far as they apply here, and how every command ends.

A command that cannot work on this platform is left out of ``manage.py help``, and says what to
use instead when somebody runs it. However a command ends, it ends with a status that a script
can rely on: output that cannot be written is a failure, and SIGINT and SIGTERM let it clean up.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, NoReturn

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility
from django.db import InterfaceError, OperationalError

from tenants.management.lock_watch import LockWatch

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import FrameType

    from django.core.management.base import BaseCommand

_MIGRATE = "manage.py migrate_schemas: it migrates the shared schema and every placement"
_SHELL = "manage.py tenant_shell --tenant SLUG: it shows one tenant's rows, and its log says so"
_ACCOUNT = "manage.py create_user --tenant platform --username NAME --role operator"
_DOMAINS = "a tenant's domains in the admin or at /api/v1/domains/, and manage.py verify_domains"
_TESTS = "make test"
# Commands of Django and its packages that assume one schema, one tenant or superusers.
UNAVAILABLE: dict[str, str] = {
    "all_tenants_command": f"A placement shows nobody's rows. Use {_SHELL}.",
    "changepassword": "Passwords belong to a tenant's people, who change them on their account "
    "page; its admins set those of others in the admin. If none of them can sign in, use "
    "manage.py create_user --tenant SLUG --username NAME --role admin.",
    "clone_tenant": "Use manage.py export_tenant, and import_tenant with --new-ids.",
    "collectstatic_schemas": "All tenants share the static files. Use manage.py collectstatic.",
    "compilemessages": "The platform has no translations.",
    "create_domain": f"Use {_DOMAINS}.",
    "create_missing_schemas": "Use manage.py run_provisioner --once, or retry_placement SCHEMA "
    "for a placement that failed.",
    "create_tenant_superuser": f"There are no superusers, people have roles. Use {_ACCOUNT}.",
    "createcachetable": "The cache is Redis (REDIS_URL) or each process's own, and has no table.",
    "createsuperuser": f"There are no superusers, people have roles. Use {_ACCOUNT}.",
    "delete_domain": f"Use {_DOMAINS}.",
    "dumpdata": "Use manage.py export_tenant --tenant SLUG --output FILE.",
    "flush": "Use manage.py delete_tenant --tenant SLUG; make clean removes the demo.",
    "generateschema": "Use manage.py spectacular.",
    "loaddata": "Use manage.py import_tenant ARCHIVE.",
    "makemessages": "The platform has no translations.",
    "migrate": f"Use {_MIGRATE}.",
    "remove_stale_contenttypes": "Content types are shared, and rows of any placement may refer "
    "to them; they stay.",
    "rename_schema": "Schemas keep their names. Change a tenant's slug in the operator's admin.",
    "sendtestemail": "The platform sends no e-mail.",
    "showmigrations": "It sees the shared schema alone. Use manage.py migrate_schemas --status.",
    "sqlflush": "Use manage.py delete_tenant --tenant SLUG; make clean removes the demo.",
    "tenant_command": f"A placement shows nobody's rows. Use {_SHELL}.",
    "test": f"Use {_TESTS}.",
    "testserver": f"Use {_TESTS}, or make demo for a platform with examples.",
}
# They wait for people or for work, and hold no lock meanwhile.
_UNWATCHED = ("dbshell", "help", "run_provisioner", "runserver", "shell", "tenant_shell")
_LONGEST_NAME = 63
"""How many bytes of an application's name PostgreSQL keeps."""


class CommandLine(ManagementUtility):
    """Django's command line without the commands that cannot work here."""

    def main_help_text(self, commands_only: bool = False) -> str:
        """The list of commands, without those."""
        lines = super().main_help_text(commands_only).splitlines()
        return "\n".join(_without_empty_sections([x for x in lines if not _is_unavailable(x)]))

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """The command; one that cannot work ends the process with what to use instead."""
        if subcommand in UNAVAILABLE:
            sys.exit(f"manage.py {subcommand} does not work here. {UNAVAILABLE[subcommand]}")
        return super().fetch_command(subcommand)


class Terminated(KeyboardInterrupt):
    """SIGTERM; everything cleans up after it as after Ctrl-C."""


def main(arguments: list[str]) -> None:
    """Run one command; the process ends with its status."""
    name = (arguments[1:2] or ["help"])[0]
    # Shows in pg_stat_activity whose session it is, and finds our own there.
    application = f"manage.py {name} {os.getpid()}".encode()[:_LONGEST_NAME]
    os.environ["PGAPPNAME"] = application.decode(errors="ignore")
    signal.signal(signal.SIGTERM, _terminate)
    try:
        _run(arguments, name)
    except KeyboardInterrupt as interruption:
        number = signal.SIGTERM if isinstance(interruption, Terminated) else signal.SIGINT
        _say(f"manage.py {name}: interrupted.")
        _end_by(number)
    except BrokenPipeError:
        # Whoever read the output has left, as `head` does.
        _abandon_output()
        sys.exit(128 + signal.SIGPIPE)
    except (
        OSError,
        ImproperlyConfigured,
        OperationalError,
        InterfaceError,
        psycopg.OperationalError,
    ) as error:
        if "--traceback" in arguments:
            raise
        _abandon_output()
        _say(f"manage.py {name}: {_in_one_line(error)}")
        sys.exit(1)


def _run(arguments: list[str], name: str) -> None:
    with _watching(name):
        try:
            CommandLine(arguments).execute()
        finally:
            sys.stdout.flush()


def _watching(name: str) -> AbstractContextManager[object]:
    if name in _UNWATCHED or name in UNAVAILABLE:
        return nullcontext()
    return LockWatch(_say)


def _is_unavailable(line: str) -> bool:
    return line.strip() in UNAVAILABLE


def _without_empty_sections(lines: list[str]) -> list[str]:
    """The lines without a section's heading, and the blank line before it, that heads nothing."""
    kept: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("[") and not following.strip():
            kept.pop()
        else:
            kept.append(line)
    return kept


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def _in_one_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}"
    return " ".join(str(error).split()) or type(error).__name__


def _say(line: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _abandon_output() -> None:
    """Have the interpreter not try again, at its end, to write what could not be written."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end_by(number: signal.Signals) -> NoReturn:
    """End by the signal, so that a shell or a supervisor sees that it did as it was told."""
    _abandon_output()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    sys.exit(128 + number)  # as process 1 of a container, which no default action ends
