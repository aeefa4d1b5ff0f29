"""What a tenant's host answers to identity providers, and to people who come from them."""

from django.urls import include, path

from sso.saml.pages.metadata import metadata

urlpatterns = [
    path("sso/saml/<slug:slug>/metadata/", metadata, name="saml-metadata"),
    path("", include("sso.saml.pages.urls")),
]
