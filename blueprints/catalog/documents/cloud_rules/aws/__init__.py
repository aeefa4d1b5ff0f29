"""What AWS refuses, and what it takes although it is a mistake: a module for each topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    cache,
    compute_instance,
    container_cluster,
    data_warnings,
    database,
    dns_zone,
    existing,
    firewall,
    firewall_warnings,
    function,
    load_balancer,
    machine_warnings,
    module,
    object_storage,
    queue,
    raw,
    readable_secrets,
    remote_state,
    role,
    secret,
    subnet,
    warnings,
)

if TYPE_CHECKING:
    from blueprints.catalog.documents.cloud_rules.rule import Limit, Rule

RULES: tuple[Rule, ...] = (
    *cache.RULES,
    *compute_instance.RULES,
    *container_cluster.RULES,
    *data_warnings.RULES,
    *database.RULES,
    *dns_zone.RULES,
    *existing.RULES,
    *firewall.RULES,
    *firewall_warnings.RULES,
    *function.RULES,
    *load_balancer.RULES,
    *machine_warnings.RULES,
    *object_storage.RULES,
    *readable_secrets.RULES,
    *role.RULES,
    *subnet.RULES,
    *warnings.RULES,
)
LIMITS: tuple[Limit, ...] = (
    *cache.LIMITS,
    *compute_instance.LIMITS,
    *container_cluster.LIMITS,
    *database.LIMITS,
    *dns_zone.LIMITS,
    *firewall.LIMITS,
    *function.LIMITS,
    *load_balancer.LIMITS,
    *object_storage.LIMITS,
    *queue.LIMITS,
    *module.LIMITS,
    *raw.LIMITS,
    *remote_state.LIMITS,
    *role.LIMITS,
    *secret.LIMITS,
    *subnet.LIMITS,
)
