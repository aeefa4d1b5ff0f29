"""Tokens of workloads leave no rows behind; those that people created stay listed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from rbac.models import ApiToken
from rbac.services.issued_tokens import issue_token
from rbac.services.service_accounts import create_service_account
from rbac.services.tokens import create_token
from sso.sign_in.services.expired import clear_expired
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from rbac.models import User
    from tests.throwaway import ThrowawayTenants


def issued(account: User, name: str) -> ApiToken:
    token, _ = issue_token(
        account,
        name=name,
        issued_by=uuid4(),
        lifetime=timedelta(minutes=15),
        scopes=None,
        actor=SystemActor("workload identity tests"),
    )
    return token


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
def test_only_issued_tokens_go_once_they_have_expired(
    committed_tenants: ThrowawayTenants, tier: str
) -> None:
    past = timezone.now() - timedelta(seconds=1)
    with tenant_scope(committed_tenants(tier)):
        account = create_service_account(username="ci", roles=["admin"], actor=ACTOR)
        dead = issued(account, "dead")
        account.through = dead
        create_token(account, name="made through it", expires_at=dead.expires_at, actor=account)
        account.through = None
        issued(account, "living")
        create_token(account, name="by hand", actor=ACTOR)
        rows = ApiToken.objects.exclude(name="living")
        rows.update(expires_at=past)
        rows.filter(issued_by__isnull=False).update(delete_after=past)
        assert clear_expired() >= 1
        assert set(ApiToken.objects.values_list("name", flat=True)) == {"living", "by hand"}
