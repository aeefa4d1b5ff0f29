"""The one router: every endpoint of ``/api/v1/``."""

from django.urls import include, path

urlpatterns = [
    path("", include("rbac.rest.urls")),
    path("", include("tenants.rest.urls")),
]
