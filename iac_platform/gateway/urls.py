"""The API's description; include it at the root. Error pages are named by the root itself."""

from __future__ import annotations

from django.urls import path

from iac_platform.gateway import documentation, index

urlpatterns = [
    path("api/v1/", index.index, name="api-index"),
    path("api/schema/", documentation.schema, name="api-schema"),
    path("api/docs/", documentation.page, name="api-docs"),
    path("api/docs/start.js", documentation.start, name="api-docs-start"),
]
