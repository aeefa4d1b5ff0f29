"""Reading how the current tenant's people sign in."""

from __future__ import annotations

from iac_platform.common.compiled_queries import CompiledQuery
from sso.sign_in.models import SignInPolicy
from tenants.context import current_tenant_id

_POLICY: CompiledQuery[SignInPolicy] = CompiledQuery(SignInPolicy.objects.order_by)


def sign_in_policy() -> SignInPolicy:
    """The tenant's policy; an unsaved one that takes passwords if nobody has chosen one."""
    return _POLICY.first() or SignInPolicy(pk=current_tenant_id())
