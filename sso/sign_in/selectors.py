"""Reading how the current tenant's people sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.compiled_queries import CompiledQuery
from sso.sign_in.models import SignInPolicy
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from rbac.models import User

_POLICY: CompiledQuery[SignInPolicy] = CompiledQuery(SignInPolicy.objects.order_by)


def sign_in_policy() -> SignInPolicy:
    """The tenant's policy; an unsaved one that takes passwords if nobody has chosen one."""
    return _POLICY.first() or SignInPolicy(pk=current_tenant_id())


def signs_in_by_password(user: User) -> bool:
    """Whether somebody has a password, and it is taken of them."""
    return user.has_usable_password() and sign_in_policy().takes_password_of(user)
