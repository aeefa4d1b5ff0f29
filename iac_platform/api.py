"""The one router: every endpoint of ``/api/v1/``."""

from django.urls import include, path

urlpatterns = [
    path("", include("rbac.rest.urls")),
    path("", include("tenants.urls")),
    path("", include("tenants.quotas.rest.urls")),
    path("", include("sso.sign_in.rest.urls")),
    path("", include("sso.second_factors.rest.urls")),
    path("", include("sso.emails.rest.urls")),
    path("", include("sso.provisioning.rest.urls")),
    path("", include("sso.email_domains.rest.urls")),
    path("", include("sso.login_events.rest.urls")),
    path("", include("blueprints.catalog.rest.urls")),
    path("", include("blueprints.generation.rest.urls")),
    path("", include("sso.saml.rest.urls")),
    path("", include("sso.oidc.rest.urls")),
    path("", include("sso.workload_identity.rest.urls")),
    path("", include("sso.oauth.rest.urls")),
    path("", include("sso.scim.rest.urls")),
]
