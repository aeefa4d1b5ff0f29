"""Where the API has how people sign in."""

from django.urls import path

from sso.sign_in.rest.views import SignInPolicyViewSet

urlpatterns = [
    path(
        "sso/sign-in-policy/",
        SignInPolicyViewSet.as_view({"get": "show", "put": "update"}),
        name="sign-in-policy",
    )
]
