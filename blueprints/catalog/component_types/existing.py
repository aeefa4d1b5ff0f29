"""What a document can look up instead of making it, and what must be said of it.

Documents refer to an existing component as to any other. What their checks need to know of one
and the cloud is not asked about until a plan is made, its author states in ``properties``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ExistingType:
    """How existing components of a type are found and described.

    Attributes:
        found_by: what they are looked up by: ``id``, ``name``, ``tags``.
        facts: the properties that may be stated.
        needed: those of them that must be.
        unknown: attributes that cannot be looked up.
    """

    found_by: tuple[str, ...]
    facts: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    unknown: frozenset[str] = frozenset()


_ANY = ("id", "name", "tags")

EXISTING: Mapping[str, ExistingType] = {
    "compute_instance": ExistingType(_ANY),
    "container_cluster": ExistingType(("name",)),
    "database": ExistingType(("name", "tags"), unknown=frozenset({"password_secret"})),
    "dns_zone": ExistingType(("id", "name"), facts=("network",)),
    "firewall": ExistingType(_ANY, facts=("network",), needed=("network",)),
    "function": ExistingType(("name",), unknown=frozenset({"url"})),
    "load_balancer": ExistingType(_ANY),
    "network": ExistingType(_ANY, facts=("cidr",)),
    "object_storage": ExistingType(("name",)),
    "queue": ExistingType(("name",), facts=("fifo",)),
    "role": ExistingType(("name",), facts=("trusted_service",)),
    "secret": ExistingType(("id", "name")),
    "subnet": ExistingType(
        _ANY, facts=("network", "cidr", "zone", "public"), needed=("network", "zone")
    ),
}
