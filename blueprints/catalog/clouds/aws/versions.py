"""Versions of engines: how each is written, and which there are."""

from __future__ import annotations

from functools import cache

from blueprints.catalog.problems import quoted, suggestion

from . import data

# Older ones cannot be created any more:
# https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MariaDB.Concepts.VersionMgmt.html
_OLDEST_SERIES = {"postgres": (11,), "mysql": (5, 7), "mariadb": (10, 5)}
#: Parts that name a series, within which AWS chooses the newest release.
_SERIES_PARTS = {"postgres": 1, "mysql": 2, "mariadb": 2}
_ENDED = frozenset({"redis"})  # no further versions of it will come

Numbers = tuple[int, ...]


def numbers(version: str) -> Numbers:
    """Return the parts of a version: (7, 1) of 7.1."""
    return tuple(int(part) for part in version.split("."))


@cache
def _known(engine: str) -> tuple[Numbers, ...]:
    return tuple(numbers(version) for version in data.load("versions")[engine])


@cache
def database_series(engine: str) -> tuple[str, ...]:
    """Return the series of a database engine that can be created: 14, 15, 16."""
    length = _SERIES_PARTS[engine]
    series = {known[:length] for known in _known(engine) if len(known) >= length}
    usable = sorted(name for name in series if name >= _OLDEST_SERIES[engine])
    return tuple(".".join(map(str, name)) for name in usable)


def database_fault(engine: str, version: str) -> str:
    """Say why a database of this version cannot be created; empty if it may be.

    A release that is newer than the list, of a series in it, may exist.
    """
    length, given = _SERIES_PARTS[engine], numbers(version)
    series = database_series(engine)
    if ".".join(map(str, given[:length])) not in series:
        return f"RDS has no {engine} {quoted(version)}. {suggestion(version, series)}"
    releases = [known for known in _known(engine) if known[:length] == given[:length]]
    if given in releases or len(given) == length:
        return ""
    if len(given) == length + 1 and given > max(releases):
        return ""
    newest = ".".join(map(str, max(releases)))
    return f"RDS has no {engine} {version}: write {version_series(given, length)} or {newest}."


def version_series(given: Numbers, length: int) -> str:
    """Return the series of a version as text."""
    return ".".join(map(str, given[:length]))


def cache_fault(engine: str, version: str) -> str:
    """Say why a cache of this version cannot be created; empty if it may be."""
    given, known = numbers(version), _known(engine)
    newest = max(known)
    newer = given > newest and len(given) == len(newest) and engine not in _ENDED
    if given in known or newer:
        return ""
    there_are = ", ".join(data.load("versions")[engine])
    return f"ElastiCache has no {engine} {quoted(version)}; it has {there_are}."
