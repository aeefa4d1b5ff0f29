"""Tenants that own something of every kind, everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.utils import timezone

from blueprints.catalog.services.default_tags import set_default_tags
from iac_platform.cache import cache, ledger
from rbac.models import Invitation
from rbac.services.users import create_user
from sso.emails.models import Email
from sso.sign_in.models import SignInPolicy
from sso.sign_in.session_store import SessionStore
from tenants.context import tenant_scope
from tenants.files import make_folder
from tenants.models import Tier
from tests.admin_client import AdminClient
from tests.api.fixtures import Fixture, make_fixture, without_work
from tests.conftest import ACTOR
from tests.tenants.furnished import (
    cut_nothing_off,
    let_programs_in,
    provision_by_scim,
    set_up_second_factors,
    sign_on_by_oidc,
    sign_on_by_saml,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tenants.erasure.traces import Plain
    from tests.throwaway import ThrowawayTenants


class Furnished(Protocol):
    """Makes tenants that own something of every kind."""

    def __call__(self, tier: str = Tier.STANDARD) -> Fixture:
        """A new tenant and what it owns."""


@pytest.fixture(autouse=True)
def files_root(settings: Any, tmp_path: Path) -> Path:
    """A folder for the files of this test's tenants."""
    settings.FILES_ROOT = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture
def database(superuser_url: str, committed_tenants: ThrowawayTenants) -> Iterator[Plain]:
    """The whole database, as a superuser sees it."""
    del committed_tenants
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def furnished(committed_tenants: ThrowawayTenants) -> Furnished:
    """Tenants with rows of every kind, a session, cache keys of every kind and files."""

    def furnish(tier: str = Tier.STANDARD) -> Fixture:
        tenant = committed_tenants(tier)
        with tenant_scope(tenant):
            cut_nothing_off(tenant)
            set_default_tags({"team": "web"}, actor=ACTOR)
            SignInPolicy.objects.create()
            owner = create_user(
                username="ada", email="ada@example.com", roles=["admin"], actor=ACTOR
            )
            cache.set("things", "one", {"n": 1}, ttl=600)
            cache.increment("things", "hits", ttl=600)
            ledger.add("idempotency", "key", "answer", ttl=600)
            Invitation.objects.create(email="ada@example.com", digest="", expires_at=timezone.now())
            session = SessionStore()
            session["of"] = "ada"
            session.save()
            sign_on_by_saml(owner)
            sign_on_by_oidc(owner)
            set_up_second_factors(owner)
            provision_by_scim(owner)
            let_programs_in(owner)
            Email.objects.create(
                recipient="ada@example.com", subject="Of tests", expires_at=timezone.now()
            )
            LogEntry.objects.log_actions(owner.pk, [owner], CHANGE, "Changed", single_object=True)
        AdminClient(tenant, owner).page("rbac_user_changelist")
        (make_folder(tenant.pk) / "exports").mkdir()
        (make_folder(tenant.pk) / "exports" / "all.zip").write_bytes(b"rows")
        return without_work(make_fixture(tenant, owner))

    return furnish
