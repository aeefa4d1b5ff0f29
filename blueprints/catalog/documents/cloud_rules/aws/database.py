"""RDS."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws import data, machine_types, versions
from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem, quoted

from . import machine_sizes
from .networks import without_dns, without_gateway
from .secrets import length_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
_CREATE = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
_WORDS_OF = {"postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
_ADMINISTRATORS = frozenset({"rdsadmin", "rdsrepladmin", "rds_superuser", "rds_superuser_role"})
_USERS = {
    "postgres": _ADMINISTRATORS | {"admin", "rds_replication", "rds_password", "public", "none"},
    "mysql": _ADMINISTRATORS,
    "mariadb": _ADMINISTRATORS,
}
_SYSTEM_DATABASES = {
    "postgres": frozenset({"rdsadmin", "template0", "template1", "db", "admin"}),
    "mysql": frozenset({"mysql", "sys", "information_schema", "performance_schema", "innodb"}),
    "mariadb": frozenset({"mysql", "sys", "information_schema", "performance_schema", "innodb"}),
}
_LONGEST_PASSWORD = {"postgres": 128, "mysql": 41, "mariadb": 41}
_FIRST_ON_ARM = {"postgres": (12,), "mysql": (8,), "mariadb": (10,)}
_WITHOUT_ENCRYPTION = frozenset({"db.t2.micro", "db.t1.micro", "db.m1", "db.m2"})
_WITHOUT_INSIGHTS = frozenset(
    f"db.{t}.{s}" for t in ("t2", "t3", "t4g") for s in ("micro", "small")
)


@cache
def _words(engine: str) -> frozenset[str]:
    """Return the words of SQL that an engine reserves."""
    return frozenset(" ".join(data.load("reserved_words")[_WORDS_OF[engine]]).split())


def _secret(length: int) -> tuple[dict[str, Any], ...]:
    made: dict[str, Any] = {
        "id": "made",
        "type": "secret",
        "properties": {"generate": {"length": length}},
    }
    return (made,)


@rule(
    "aws-database/username",
    limit="The administrator is not called like an account of RDS (rdsadmin), with postgres not "
    "admin and nothing that begins with pg_, nor by a word that the engine reserves.",
    source=f"{_GUIDE}/CHAP_Limits.html",
    accepted=(
        Example({"engine": "postgres", "username": "postgres"}),
        Example({"engine": "postgres", "username": "administrator"}),
        Example({"engine": "mysql", "username": "admin"}),
        Example({"engine": "mariadb", "username": "pg_owner"}),
        Example({"engine": "postgres", "username": {"var": "plain"}}),
    ),
    refused=(
        Example({"engine": "postgres", "username": "admin"}, "/username"),
        Example({"engine": "postgres", "username": "pg_owner"}, "/username"),
        Example({"engine": "postgres", "username": "user"}, "/username"),
        Example({"engine": "mysql", "username": "rdsadmin"}, "/username"),
        Example({"engine": "mariadb", "username": "select"}, "/username"),
        Example(
            {"engine": "postgres", "username": {"var": "who"}},
            "/username",
            variables={"who": {"type": "string", "default": "admin"}},
        ),
    ),
)
def username(database: Subject) -> Iterator[Problem]:
    """The administrator has a name that neither RDS nor the engine reserves."""
    engine, given = database.properties["engine"], (database.text("username") or "").lower()
    prefixed = engine == "postgres" and given.startswith("pg_")
    if given in _USERS[engine] or given in _words(engine) or prefixed:
        message = f"{quoted(given)} is reserved with {engine}: take another, such as app_owner."
        yield Problem.error(("username",), message)


@rule(
    "aws-database/database-name",
    limit="The first database is not called like one of the engine's or by a word it reserves.",
    source=_CREATE,
    accepted=(
        Example({"engine": "postgres", "database": "orders"}),
        Example({"engine": "postgres", "database": "postgres"}),
        Example({"engine": "mysql", "database": "template1"}),
    ),
    refused=(
        Example({"engine": "postgres", "database": "template1"}, "/database"),
        Example({"engine": "postgres", "database": "order"}, "/database"),
        Example({"engine": "mysql", "database": "mysql"}, "/database"),
        Example({"engine": "mariadb", "database": "Performance_Schema"}, "/database"),
    ),
)
def database_name(database: Subject) -> Iterator[Problem]:
    """The first database has a name that the engine does not use itself."""
    engine, given = database.properties["engine"], (database.text("database") or "").lower()
    if given in _SYSTEM_DATABASES[engine] or given in _words(engine):
        message = f"{quoted(given)} is reserved with {engine}: take another, such as app."
        yield Problem.error(("database",), message)


@rule(
    "aws-database/password-length",
    limit="The administrator's password has 8 to 128 characters with postgres, 8 to 41 with mysql "
    "and mariadb.",
    source=_CREATE,
    accepted=(
        Example({"engine": "postgres", "password": {"ref": "made"}}, beside=_secret(128)),
        Example({"engine": "mysql", "password": {"ref": "made"}}, beside=_secret(41)),
    ),
    refused=(
        Example({"engine": "mysql", "password": {"ref": "made"}}, "/password", beside=_secret(42)),
        Example(
            {"engine": "mariadb", "password": {"ref": "made"}}, "/password", beside=_secret(64)
        ),
    ),
)
def password_length(database: Subject) -> Iterator[Problem]:
    """A generated password is as short as the engine demands."""
    longest = _LONGEST_PASSWORD[database.properties["engine"]]
    message = length_fault(database.target("password"), longest, "The administrator's password")
    if message:
        yield Problem.error(("password",), message)


@rule(
    "aws-database/version",
    limit="Versions are those that RDS offers; mysql and mariadb series have two parts, those of "
    "postgres one.",
    source=f"{_GUIDE}/CHAP_Limits.html",
    accepted=(
        Example({"engine": "postgres", "version": "17"}),
        Example({"engine": "postgres", "version": "16.4"}),
        Example({"engine": "mysql", "version": "8.0"}),
        Example({"engine": "mysql", "version": "8.4.99"}),
        Example({"engine": "mariadb", "version": "10.11"}),
    ),
    refused=(
        Example({"engine": "postgres", "version": "9"}, "/version"),
        Example({"engine": "postgres", "version": "42"}, "/version"),
        Example({"engine": "postgres", "version": "16.0"}, "/version"),
        Example({"engine": "mysql", "version": "8"}, "/version"),
        Example({"engine": "mysql", "version": "16"}, "/version"),
        Example({"engine": "mariadb", "version": "10.7"}, "/version"),
    ),
)
def version(database: Subject) -> Iterator[Problem]:
    """RDS has the version, or the series in which it chooses one."""
    given = database.text("version")
    if given and (message := versions.database_fault(database.properties["engine"], given)):
        yield Problem.error(("version",), message)


@rule(
    "aws-database/class",
    limit="Instance classes begin with db., and not every region has each.",
    source=f"{_GUIDE}/Concepts.DBInstanceClass.Support.html",
    accepted=(
        Example({"size": "db.r7g.large"}),
        Example({"size": "small"}, region="ca-west-1"),
    ),
    refused=(
        Example({"size": "t3.micro"}, "/size"),
        Example({"size": "db.t4g.16xlarge"}, "/size"),
        Example({"size": "db.t4g.micro"}, "/size", region="ca-west-1"),
    ),
)
def instance_class(database: Subject) -> Iterator[Problem]:
    """The region has servers of that class."""
    size = database.properties.get("size")
    yield from machine_sizes.findings("rds", size, database.region, "size")


def _class(database: Subject) -> str:
    size = database.text("size") or ""
    return machine_types.neutral_sizes("rds", database.region).get(size, size)


@rule(
    "aws-database/version-of-class",
    limit="Graviton classes run postgres from 12 and mysql from 8.0.",
    source=f"{_GUIDE}/Concepts.DBInstanceClass.Support.html",
    accepted=(
        Example({"engine": "mysql", "version": "5.7", "size": "db.t3.small"}),
        Example({"engine": "postgres", "version": "12", "size": "small"}),
    ),
    refused=(
        Example({"engine": "mysql", "version": "5.7", "size": "small"}, "/version"),
        Example({"engine": "postgres", "version": "11", "size": "db.m6g.large"}, "/version"),
    ),
)
def version_of_class(database: Subject) -> Iterator[Problem]:
    """The engine's version runs on the class's processor."""
    engine, given, name = database.properties["engine"], database.text("version"), _class(database)
    first = _FIRST_ON_ARM[engine]
    if not given or versions.database_fault(engine, given):
        return  # no such version: another rule says so
    if machine_types.is_arm(name) and versions.numbers(given)[: len(first)] < first:
        message = (
            f"{name} has an Arm processor, for which {engine} {given} is too old: take a newer "
            "version, or a class such as db.t3.small."
        )
        yield Problem.error(("version",), message)


@rule(
    "aws-database/encryption-of-class",
    limit="db.t2.micro and the classes of the first generations cannot encrypt storage.",
    source=f"{_GUIDE}/Overview.Encryption.html",
    accepted=(
        Example({"size": "db.t2.small"}),
        Example({"size": "db.t2.micro", "encrypted": False}),
    ),
    refused=(Example({"size": "db.t2.micro"}, "/size"),),
)
def encryption_of_class(database: Subject) -> Iterator[Problem]:
    """The class can encrypt, as is the default."""
    name = _class(database)
    if database.is_on("encrypted") and {name, name.rpartition(".")[0]} & _WITHOUT_ENCRYPTION:
        message = f"{name} cannot encrypt its storage: take db.t3.micro or a newer class."
        yield Problem.error(("size",), message)


@rule(
    "aws-database/insights-of-class",
    limit="With mysql and mariadb, db.t2, db.t3 and db.t4g have no insights in the sizes micro and "
    "small.",
    source=f"{_GUIDE}/USER_DatabaseInsights.Engines.html",
    accepted=(
        Example({"engine": "postgres", "insights": True, "size": "micro"}),
        Example({"engine": "mysql", "insights": True, "size": "medium"}),
        Example({"engine": "mysql", "size": "small"}),
    ),
    refused=(
        Example({"engine": "mysql", "insights": True}, "/insights"),
        Example({"engine": "mariadb", "insights": True, "size": "db.t3.micro"}, "/insights"),
        Example({"engine": "mysql", "insights": True}, "/insights", region="ca-west-1"),
    ),
)
def insights_of_class(database: Subject) -> Iterator[Problem]:
    """The class can measure queries, where that is wanted."""
    engine, name = database.properties["engine"], _class(database)
    if database.is_on("insights") and engine != "postgres" and name in _WITHOUT_INSIGHTS:
        message = f'{name} has no insights with {engine}: take "medium", or leave "insights" out.'
        yield Problem.error(("insights",), message)


@rule(
    "aws-database/public-access",
    limit="A public address needs a network with an internet gateway, DNS names and resolution.",
    source=f"{_GUIDE}/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    accepted=(
        Example({"public_access": True, "subnets": [{"ref": "public-a"}, {"ref": "public-b"}]}),
        Example({"subnets": [{"ref": "bare-a"}, {"ref": "bare-b"}]}),
    ),
    refused=(
        Example(
            {"public_access": True, "subnets": [{"ref": "bare-a"}, {"ref": "bare-b"}]},
            "/public_access",
        ),
        Example(
            {"public_access": True, "subnets": [{"ref": "mute-a"}, {"ref": "mute-b"}]},
            "/public_access",
        ),
    ),
)
def public_access(database: Subject) -> Iterator[Problem]:
    """A public database stands where the internet and its name can be reached."""
    if not database.is_on("public_access"):
        return
    network = next(
        (net for _, s in database.targets("subnets") if (net := s.target("network"))), None
    )
    if network is None:
        return
    if without_gateway(network):
        message = (
            f"The network {network.id} has no public subnet, so no internet gateway: make these "
            'subnets public, or set "public_access" to false.'
        )
        yield Problem.error(("public_access",), message)
    elif without_dns(network):
        message = (
            f'A public database needs DNS names: set "dns" of the network {network.id} to true.'
        )
        yield Problem.error(("public_access",), message)


RULES = (
    username,
    database_name,
    password_length,
    version,
    instance_class,
    version_of_class,
    encryption_of_class,
    insights_of_class,
    public_access,
)

LIMITS = (
    Limit("database", "gp3 storage has 20 to 65,536 GiB.", "the type"),
    Limit("database", "The administrator's name has 1 to 16 characters.", "the type"),
    Limit(
        "database", "Names begin with a letter; letters, digits, underscores follow.", "the type"
    ),
    Limit("database", "Backups are kept for 0 to 35 days.", "the type"),
    Limit("database", "The port is between 1150 and 65535.", "the type"),
    Limit("database", "A subnet group spans two zones or more.", "the type"),
    Limit(
        "database",
        "Only dynamic parameters can be changed without a restart.",
        'the generated code, except where "restart" is false: which are dynamic, RDS alone knows',
    ),
    Limit(
        "database",
        "Parameters and their values are those of the engine's version.",
        "nothing: RDS alone lists them, for each version",
    ),
    Limit(
        "database",
        'Passwords are printable ASCII without /, ", @ and spaces.',
        "the generated code: made-up secrets hold none of these",
    ),
    Limit(
        "database",
        "Characters and length of a password that a variable holds.",
        "nothing: a secret is never known before it is used",
    ),
    Limit("database", "Identifiers have at most 63 characters.", "the generated names"),
    Limit("database", "Up to 40 databases in a region (a quota).", "nothing: accounts differ"),
)
