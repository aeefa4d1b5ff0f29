"""Where the endpoints of this app are."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from rbac.rest import views
from rbac.rest.audit import AuditViewSet

router = SimpleRouter()
router.register("users", views.UserViewSet, basename="user")
router.register("roles", views.RoleViewSet, basename="role")
router.register("tokens", views.TokenViewSet, basename="token")
router.register("support-access", views.SupportAccessViewSet, basename="support-access")
router.register("audit", AuditViewSet, basename="audit")

urlpatterns = [
    path("me/", views.MeViewSet.as_view({"get": "show"}), name="me"),
    path(
        "tenants/<uuid:pk>/admins/",
        views.TenantAdminViewSet.as_view({"post": "create"}),
        name="tenant-admins",
    ),
    path(
        "tenants/<uuid:pk>/invitation/",
        views.TenantInvitationViewSet.as_view({"post": "create"}),
        name="tenant-invitation",
    ),
    path(
        "invitations/accept/",
        views.InvitationViewSet.as_view({"post": "create"}),
        name="invitation-accept",
    ),
    *router.urls,
]
