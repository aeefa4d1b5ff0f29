"""Where the endpoints of this app are."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from rbac.rest.views import (
    access,
    first_admins,
    grants,
    invitations,
    leaked_tokens,
    me,
    roles,
    service_accounts,
    teams,
    tokens,
    users,
)
from rbac.rest.views.audit import AuditViewSet
from rbac.rest.views.permissions import PermissionViewSet
from rbac.rest.views.support_access import SupportAccessViewSet

router = SimpleRouter()
router.register("users", users.UserViewSet, basename="user")
router.register("roles", roles.RoleViewSet, basename="role")
router.register("permissions", PermissionViewSet, basename="permission")
router.register("grants", grants.GrantViewSet, basename="grant")
router.register("delegations", grants.DelegationViewSet, basename="delegation")
router.register("teams", teams.TeamViewSet, basename="team")
router.register("tokens", tokens.TokenViewSet, basename="token")
router.register(
    "service-accounts", service_accounts.ServiceAccountViewSet, basename="service-account"
)
router.register("support-access", SupportAccessViewSet, basename="support-access")
router.register("invitations", invitations.InvitationViewSet, basename="invitation")
router.register("audit", AuditViewSet, basename="audit")

urlpatterns = [
    path("me/", me.MeViewSet.as_view({"get": "show"}), name="me"),
    path(
        "me/permissions/",
        me.MyPermissionsViewSet.as_view({"get": "show"}),
        name="my-permissions",
    ),
    path(
        "access/explain/",
        access.ExplainViewSet.as_view({"post": "explain"}),
        name="access-explain",
    ),
    path(
        "access/who-can/",
        access.WhoCanViewSet.as_view({"get": "who_can"}),
        name="access-who-can",
    ),
    path(
        "access/review/",
        access.ReviewViewSet.as_view({"get": "review"}),
        name="access-review",
    ),
    path(
        "tenants/<uuid:pk>/admins/",
        first_admins.TenantAdminViewSet.as_view({"post": "create"}),
        name="tenant-admins",
    ),
    path(
        "tenants/<uuid:pk>/invitation/",
        first_admins.TenantInvitationViewSet.as_view({"post": "create"}),
        name="tenant-invitation",
    ),
    path(
        "invitations/accept/",
        invitations.AcceptanceViewSet.as_view({"post": "create"}),
        name="invitation-accept",
    ),
    path(
        "teams/<uuid:team>/members/",
        teams.MemberViewSet.as_view({"get": "list", "post": "create"}),
        name="member-list",
    ),
    path(
        "teams/<uuid:team>/members/<uuid:user>/",
        teams.MemberViewSet.as_view({"delete": "destroy"}),
        name="member-detail",
    ),
    path(
        "tokens/revoke/",
        leaked_tokens.LeakedTokenViewSet.as_view({"post": "create"}),
        name="token-revoke",
    ),
    path(
        "service-accounts/<uuid:account>/tokens/",
        service_accounts.ServiceTokenViewSet.as_view({"get": "list", "post": "create"}),
        name="service-account-tokens",
    ),
    *router.urls,
]
