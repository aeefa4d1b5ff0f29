from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import fields, machines
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What each engine listens on unless a port is given.
PORTS = {"postgres": 5432, "mysql": 3306, "mariadb": 3306}
FEWEST_ZONES = 2  # a managed database must be able to move to another zone

_PARAMETER = fields.record(
    "A setting.",
    {
        "name": fields.text(
            "Its name.",
            max_length=64,
            pattern="^[a-z][a-z0-9_.]*$",
            examples=["log_min_duration_statement"],
            literal=True,
        ),
        "value": fields.text("Its value.", max_length=255, examples=["500"]),
        "restart": fields.flag(
            "Whether it takes effect with the next restart, as any setting can; false changes the "
            "running server, which takes that for dynamic settings only.",
            default=True,
        ),
    },
    required=["name", "value"],
)


def check_parameters(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Settings belong to a version of the engine, and each is made once."""
    parameters = properties["parameters"]
    if parameters and not isinstance(properties.get("version"), str):
        message = 'Settings differ between versions: say which one in "version".'
        yield Problem.error(("parameters",), message)
    names = [parameter["name"] for parameter in parameters]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Problem.error(("parameters", index, "name"), f"{name} is set already.")


def check_password(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """The password is given or left to the cloud, never both."""
    if ("password" in properties) == properties["managed_password"]:
        message = (
            'Say where the password comes from: give "password", or set "managed_password" and let '
            "the cloud make and keep it."
        )
        yield Problem.error((), message)


TYPE = ComponentType(
    name="database",
    title="Relational database",
    category="data",
    description="A managed PostgreSQL, MySQL or MariaDB server.",
    schema=fields.properties(
        {
            "engine": fields.choice("The database engine.", "postgres", "mysql", "mariadb"),
            "version": fields.text(
                "The engine's version; without it, the one the cloud prefers.",
                max_length=16,
                pattern="^[0-9]{1,2}([.][0-9]{1,3}){0,2}$",
                examples=["16", "8.0"],
            ),
            "size": machines.size("The server's size"),
            "storage_gb": fields.integer(
                "Disk size, in GiB.", minimum=20, maximum=65536, default=20
            ),
            "subnets": fields.components(
                "The subnets it may stand in: two or more, in different zones.",
                "subnet",
                min_items=FEWEST_ZONES,
            ),
            "firewalls": fields.components(
                "The firewalls in front of it.", "firewall", max_items=5
            ),
            "database": fields.text(
                "Name of the first database.",
                max_length=63,
                pattern="^[a-zA-Z][a-zA-Z0-9_]*$",
                default="app",
            ),
            "username": fields.text(
                "Name of the administrator.",
                max_length=16,
                pattern="^[a-zA-Z][a-zA-Z0-9_]*$",
                default="app_owner",
            ),
            "password": fields.secret("The administrator's password."),
            "managed_password": fields.flag(
                "Whether the cloud makes the password, keeps it in its secret store and changes "
                "it regularly, so that no plan and no state ever has it.",
                default=False,
            ),
            "port": fields.integer(
                "The port it listens on; without it, the engine's own.",
                minimum=1150,
                maximum=65535,
            ),
            "multi_zone": fields.flag(
                "Whether a standby in another zone takes over.", default=False, literal=False
            ),
            "backup_days": fields.integer(
                "Days that daily backups are kept; 0 makes none.", minimum=0, maximum=35, default=7
            ),
            "encrypted": fields.flag(
                "Whether disks and backups are encrypted.", default=True, literal=False
            ),
            "public_access": fields.flag(
                "Whether it gets a public address.", default=False, literal=False
            ),
            "deletion_protection": fields.flag(
                "Whether the cloud refuses to delete it.", default=True, literal=False
            ),
            "logs": fields.flag("Whether its log is kept outside of it.", default=True),
            "log_days": fields.log_days("Days that this log is kept.", default=90),
            "insights": fields.flag(
                "Whether what its queries wait for is measured; the smallest sizes cannot.",
                default=False,
                literal=False,
            ),
            "parameters": fields.listing(
                "Settings of the engine. They need the engine's version.",
                _PARAMETER,
                max_items=50,
                default=(),
            ),
            "final_snapshot": fields.flag(
                "Whether a last backup is made when it is deleted.", default=True
            ),
        },
        required=["engine", "subnets"],
        example={
            "engine": "postgres",
            "version": "16",
            "subnets": [{"ref": "data-a"}, {"ref": "data-b"}],
            "password": {"var": "db_password"},
        },
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the server."),
        Attribute("arn", "string", "Its full name within the cloud."),
        Attribute("host", "string", "The DNS name it answers at."),
        Attribute("port", "number", "The port it listens on."),
        Attribute("endpoint", "string", "Host and port with a colon between."),
        Attribute("database", "string", "Name of the first database."),
        Attribute("username", "string", "Name of the administrator."),
        Attribute(
            "password_secret",
            "string",
            "The full name of the secret that the cloud made.",
            where={"managed_password": (True,)},
        ),
    ),
    clouds={
        "aws": "aws_db_instance, aws_db_subnet_group",
        "azure": "azurerm_postgresql_flexible_server or azurerm_mysql_flexible_server",
        "google": "google_sql_database_instance",
    },
    checks=(check_password, check_parameters),
    zones=lambda _: FEWEST_ZONES,
)
