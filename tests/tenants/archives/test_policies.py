"""What no model says may leave does not: a model that declares nothing, beside ones that do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import connection, models

from tenants.archives.policy import THIRD_PARTY_POLICIES, policies
from tenants.contents import UnknownContents
from tenants.database.roles import as_owner
from tenants.models import EXPORTED, NEVER_EXPORTED, ArchivePolicy, Tenant, TenantModel, Tier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.throwaway import ThrowawayTenants

    Export = Callable[..., Path]

TABLE, SECRET = "vault_secrets", "correct horse battery staple"


@pytest.fixture
def declare() -> Iterator[Callable[..., type[TenantModel]]]:
    """Makes a model of a coming app, as far as it says what archives hold of it."""

    def make(**attributes: Any) -> type[TenantModel]:
        meta = type("Meta", (), {"app_label": "catalog", "db_table": TABLE})
        fields = {"secret": models.TextField(), "__module__": __name__, "Meta": meta}
        return type("VaultSecret", (TenantModel,), {**fields, **attributes})

    try:
        yield make
    finally:
        del apps.all_models["catalog"]["vaultsecret"]
        apps.clear_cache()


@pytest.fixture
def keeper(committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant with a secret in a table of its own placement."""
    tenant = committed_tenants(Tier.ENTERPRISE)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {tenant.schema_name}.{TABLE} "
            "(id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid, secret text)"
        )
        cursor.execute(
            f"INSERT INTO {tenant.schema_name}.{TABLE} (tenant_id, secret) VALUES (%s, %s)",  # noqa: S608  # a schema's name
            [tenant.pk, SECRET],
        )
    return tenant


def exported(path: Path) -> str:
    with ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode("latin-1") for name in archive.namelist())


def complaints() -> list[str]:
    return [error.msg for error in run_checks() if error.id == "tenants.E001"]


@pytest.mark.parametrize("archive", [None, "never"], ids=["nothing", "something else"])
def test_a_model_that_does_not_say_it_is_refused_and_never_exported(
    declare: Callable[..., type[TenantModel]],
    keeper: Tenant,
    export: Export,
    tmp_path: Path,
    archive: Any,
) -> None:
    declare(**({} if archive is None else {"archive": archive}))
    (complaint,) = complaints()
    assert TABLE in complaint
    with pytest.raises(UnknownContents, match=TABLE):
        export(keeper)
    assert list(tmp_path.glob("*.zip*")) == []


def test_a_table_of_no_model_is_never_exported(
    keeper: Tenant, export: Export, tmp_path: Path
) -> None:
    with pytest.raises(UnknownContents, match=TABLE):
        export(keeper)
    assert list(tmp_path.glob("*.zip*")) == []


@pytest.mark.parametrize(
    ("archive", "leaves"),
    [
        pytest.param(EXPORTED, True, id="exported"),
        pytest.param(NEVER_EXPORTED, False, id="never"),
        pytest.param(ArchivePolicy(replaced={"secret": "!"}), True, id="replaced"),
    ],
)
def test_a_model_that_says_it_is_taken_at_its_word(
    declare: Callable[..., type[TenantModel]],
    keeper: Tenant,
    export: Export,
    archive: ArchivePolicy,
    leaves: bool,
) -> None:
    declare(archive=archive)
    assert complaints() == []
    text = exported(export(keeper))
    assert (SECRET in text) == leaves


def test_without_credentials_what_is_replaced_stays(
    declare: Callable[..., type[TenantModel]], keeper: Tenant, export: Export
) -> None:
    declare(archive=ArchivePolicy(replaced={"secret": "!"}))
    assert SECRET not in exported(export(keeper, credentials=False))


def test_a_third_partys_model_of_which_nobody_says_it_is_refused() -> None:
    with THIRD_PARTY_POLICIES.overridden({}):
        (found,) = complaints()
    assert "django_admin_log" in str(found)


def test_every_table_of_the_platform_says_it() -> None:
    assert complaints() == []
    assert len(policies()) > 15
