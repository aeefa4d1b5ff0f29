"""Users, roles, tokens, invitations, the audit log and the operator's support accesses."""

from rbac.models.audit import AuditCut, AuditEntry, AuditLink
from rbac.models.invitation import Invitation
from rbac.models.role import Role, UserRole
from rbac.models.support import SupportAccess
from rbac.models.token import ApiToken
from rbac.models.user import User, UserKind

__all__ = [
    "ApiToken",
    "AuditCut",
    "AuditEntry",
    "AuditLink",
    "Invitation",
    "Role",
    "SupportAccess",
    "User",
    "UserKind",
    "UserRole",
]
