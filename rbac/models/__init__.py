"""Users, roles, tokens and the audit log."""

from rbac.models.audit import AuditEntry
from rbac.models.role import Role, UserRole
from rbac.models.token import ApiToken
from rbac.models.user import User

__all__ = ["ApiToken", "AuditEntry", "Role", "User", "UserRole"]
