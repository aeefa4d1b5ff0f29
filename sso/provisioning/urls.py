"""Where people find their own identities."""

from django.urls import path

from sso.provisioning import pages

urlpatterns = [
    path("account/identities/", pages.identities, name="account-identities"),
    path("account/identities/<uuid:pk>/unlink/", pages.unlink, name="account-identity-unlink"),
]
