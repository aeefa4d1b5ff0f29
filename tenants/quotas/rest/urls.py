"""Where the endpoints of this app are."""

from django.urls import path

from tenants.quotas.rest import views

urlpatterns = [
    path("usage/", views.UsageViewSet.as_view({"get": "show"}), name="usage"),
    path(
        "tenants/<uuid:pk>/usage/",
        views.TenantUsageViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="tenant-usage",
    ),
]
