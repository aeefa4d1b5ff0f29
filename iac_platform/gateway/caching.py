"""What a view tells whoever keeps answers (``gateway.response_cache``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.cache.tables import current_reads
from iac_platform.common.access import access_policy
from iac_platform.gateway.actions import Cached
from iac_platform.gateway.cacheable_routes import cacheable_permissions

if TYPE_CHECKING:
    from iac_platform.gateway.viewsets import ResourceViewSet

# All that makes out who asks, and whether and how often they may: classes, and their hooks.
ADMISSION = (
    "authentication_classes",
    "permission_classes",
    "throttle_classes",
    "get_authenticators",
    "get_permissions",
    "get_throttles",
    "perform_authentication",
    "check_permissions",
    "check_throttles",
    "initial",
)


def note_caching(view: ResourceViewSet[Any], request: Any) -> None:
    """Tell whether to keep the answer, whose rights it follows from, and what it depends on.

    To be called once the request is authenticated, and before any object is looked at: what
    was read by then tells who asks, whatever they ask.
    """
    kept, reads = view.cached_as(), current_reads()
    request.is_cacheable = kept is not None
    if kept is None or reads is None:
        return
    reads.identify(access_policy().fingerprint(request.user, cacheable_permissions()))
    if kept is Cached.OBJECT:
        reads.by_key = True
        included = view.actions[view.action].includes
        reads.listed = frozenset(model._meta.db_table for model in included)
