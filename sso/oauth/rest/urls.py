"""Where OAuth's endpoints are; without a slash at the end, as clients of OAuth write them."""

from django.urls import path

from sso.oauth.rest.views import DeviceAuthorizationView, TokenView

urlpatterns = [
    path(
        "oauth/device_authorization",
        DeviceAuthorizationView.as_view(),
        name="oauth-device-authorization",
    ),
    path("oauth/token", TokenView.as_view(), name="oauth-token"),
]
