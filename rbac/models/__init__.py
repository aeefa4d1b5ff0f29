"""Users, roles, tokens, the audit log and the operator's support accesses."""

from rbac.models.audit import AuditEntry
from rbac.models.role import Role, UserRole
from rbac.models.support import SupportAccess
from rbac.models.token import ApiToken
from rbac.models.user import User, UserKind

__all__ = ["ApiToken", "AuditEntry", "Role", "SupportAccess", "User", "UserKind", "UserRole"]
