"""What a tenant's host answers to people who come from providers."""

from django.urls import include, path

urlpatterns = [path("", include("sso.oidc.pages.urls"))]
