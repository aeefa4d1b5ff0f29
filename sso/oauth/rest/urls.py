"""Where OAuth's endpoints are; without a slash at the end, as clients of OAuth write them."""

from django.urls import path

from sso.oauth.rest.views import TokenView

urlpatterns = [
    path("oauth/token", TokenView.as_view(), name="oauth-token"),
]
