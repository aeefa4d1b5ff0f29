"""Where the API has how people sign in."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from sso.sign_in.rest.sessions import SessionViewSet, UserSessionsViewSet
from sso.sign_in.rest.views import SignInPolicyViewSet

router = SimpleRouter()
router.register("sessions", SessionViewSet, basename="session")
urlpatterns = [
    *router.urls,
    path(
        "users/<uuid:pk>/sessions/",
        UserSessionsViewSet.as_view({"delete": "destroy"}),
        name="user-sessions",
    ),
    path(
        "sso/sign-in-policy/",
        SignInPolicyViewSet.as_view({"get": "show", "put": "update"}),
        name="sign-in-policy",
    ),
]
