"""Where the endpoints of this app are."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from rbac.rest import access_views, role_views, service_accounts, team_views, tokens, views
from rbac.rest.audit import AuditViewSet
from rbac.rest.permission_views import PermissionViewSet

router = SimpleRouter()
router.register("users", views.UserViewSet, basename="user")
router.register("roles", role_views.RoleViewSet, basename="role")
router.register("permissions", PermissionViewSet, basename="permission")
router.register("grants", role_views.GrantViewSet, basename="grant")
router.register("delegations", role_views.DelegationViewSet, basename="delegation")
router.register("teams", team_views.TeamViewSet, basename="team")
router.register("tokens", tokens.TokenViewSet, basename="token")
router.register(
    "service-accounts", service_accounts.ServiceAccountViewSet, basename="service-account"
)
router.register("support-access", views.SupportAccessViewSet, basename="support-access")
router.register("invitations", views.InvitationViewSet, basename="invitation")
router.register("audit", AuditViewSet, basename="audit")

urlpatterns = [
    path("me/", views.MeViewSet.as_view({"get": "show"}), name="me"),
    path(
        "me/permissions/",
        access_views.MyPermissionsViewSet.as_view({"get": "show"}),
        name="my-permissions",
    ),
    path(
        "access/explain/",
        access_views.ExplainViewSet.as_view({"post": "explain"}),
        name="access-explain",
    ),
    path(
        "access/who-can/",
        access_views.WhoCanViewSet.as_view({"get": "who_can"}),
        name="access-who-can",
    ),
    path(
        "access/review/",
        access_views.ReviewViewSet.as_view({"get": "review"}),
        name="access-review",
    ),
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
        views.AcceptanceViewSet.as_view({"post": "create"}),
        name="invitation-accept",
    ),
    path(
        "teams/<uuid:team>/members/",
        team_views.MemberViewSet.as_view({"get": "list", "post": "create"}),
        name="member-list",
    ),
    path(
        "teams/<uuid:team>/members/<uuid:user>/",
        team_views.MemberViewSet.as_view({"delete": "destroy"}),
        name="member-detail",
    ),
    path(
        "tokens/revoke/",
        tokens.LeakedTokenViewSet.as_view({"post": "create"}),
        name="token-revoke",
    ),
    path(
        "service-accounts/<uuid:account>/tokens/",
        service_accounts.ServiceTokenViewSet.as_view({"get": "list", "post": "create"}),
        name="service-account-tokens",
    ),
    *router.urls,
]
