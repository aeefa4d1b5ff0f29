"""Where the endpoints of this app are; the addresses end as files do, without a slash."""

from __future__ import annotations

from django.urls import path

from blueprints.generation.rest.views import CodeViewSet

# The catalog's addresses bring the converter `version` along.
_VERSION = "blueprints/<uuid:blueprint>/versions/<version:number>/"

urlpatterns = [
    path(f"{_VERSION}code", CodeViewSet.as_view({"get": "files"}), name="blueprint-code"),
    path(f"{_VERSION}code.zip", CodeViewSet.as_view({"get": "archive"}), name="blueprint-code-zip"),
]
