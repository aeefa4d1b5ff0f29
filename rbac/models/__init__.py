"""Users, teams, roles and grants, tokens, invitations, the audit log and support accesses."""

from rbac.models.audit import AuditCut, AuditEntry, AuditLink
from rbac.models.grant import AccessStamp, RoleGrant
from rbac.models.invitation import Invitation
from rbac.models.role import Role, RoleParent, RolePermission
from rbac.models.support import SupportAccess
from rbac.models.team import Team, TeamMember
from rbac.models.token import ApiToken, StoredToken
from rbac.models.user import User, UserKind

__all__ = [
    "AccessStamp",
    "ApiToken",
    "AuditCut",
    "AuditEntry",
    "AuditLink",
    "Invitation",
    "Role",
    "RoleGrant",
    "RoleParent",
    "RolePermission",
    "StoredToken",
    "SupportAccess",
    "Team",
    "TeamMember",
    "User",
    "UserKind",
]
