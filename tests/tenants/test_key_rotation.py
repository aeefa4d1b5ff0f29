"""Rotating the keys that seal secrets, for all tenants, while these are in use."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from iac_platform.common.encryption import UnknownEncryptionKey, seal, unseal
from sso.saml.models import KeyState, SamlConfiguration, ServiceProviderKey
from tenants import key_rotation
from tenants.context import tenant_scope
from tenants.models import Placement, PlacementStatus

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tenants.models import Tenant

_COLUMN = "private_key"
_NEW = "a new key for sealed columns, of enough characters"


def _keep(tenant: Tenant, text: str) -> ServiceProviderKey:
    with tenant_scope(tenant):
        configuration = SamlConfiguration.objects.create(name=text, slug=text)
        key = ServiceProviderKey(
            configuration=configuration, state=KeyState.CURRENT, expires_at=timezone.now()
        )
        key.private_key = seal(text, row=key, column=_COLUMN)
        key.save()
    return key


def _kept(tenant: Tenant, key: ServiceProviderKey) -> str:
    with tenant_scope(tenant):
        key = ServiceProviderKey.objects.get(pk=key.pk)
        return unseal(key.private_key, row=key, column=_COLUMN)


def _rotate(*options: str) -> str:
    out = StringIO()
    call_command("rotate_encryption_keys", *options, stdout=out, stderr=out)
    return out.getvalue()


def test_all_tenants_are_sealed_anew_and_the_old_key_can_go(
    acme: Tenant, umbrella: Tenant, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "_BATCH", 2)
    old = settings.ENCRYPTION_KEYS[0]
    kept = {
        f"{each.slug}-{n}": (each, _keep(each, f"{each.slug}-{n}"))
        for each in (acme, umbrella)
        for n in range(3)
    }
    settings.ENCRYPTION_KEYS = [_NEW, old]
    assert "to seal anew: 6" in _rotate("--dry-run")
    assert "sealed anew: 6" in _rotate()
    assert "sealed anew: 0" in _rotate()
    settings.ENCRYPTION_KEYS = [_NEW]
    assert {text: _kept(*of) for text, of in kept.items()} == {text: text for text in kept}


def test_a_dry_run_changes_nothing(acme: Tenant, settings: Settings) -> None:
    key = _keep(acme, "one")
    settings.ENCRYPTION_KEYS = [_NEW, settings.ENCRYPTION_KEYS[0]]
    _rotate("--dry-run")
    settings.ENCRYPTION_KEYS = [_NEW]
    with pytest.raises(UnknownEncryptionKey):
        _kept(acme, key)


def test_what_no_key_opens_is_named_and_left_and_the_rest_is_done(
    acme: Tenant, settings: Settings
) -> None:
    old = settings.ENCRYPTION_KEYS[0]
    lost, other = _keep(acme, "lost"), _keep(acme, "other")
    with tenant_scope(acme):  # bytes of another row
        ServiceProviderKey.objects.filter(pk=lost.pk).update(private_key=other.private_key)
    settings.ENCRYPTION_KEYS = [_NEW, old]
    with pytest.raises(CommandError, match="Keep the old keys"):
        _rotate()
    settings.ENCRYPTION_KEYS = [_NEW]
    assert _kept(acme, other) == "other"


def test_a_tenant_that_is_not_reached_is_named_and_its_old_key_stays(
    acme: Tenant, umbrella: Tenant, operator: Tenant, settings: Settings
) -> None:
    def make(status: PlacementStatus) -> None:
        with tenant_scope(operator):
            Placement.objects.filter(pk=umbrella.placement_id).update(status=status)

    kept = _keep(umbrella, "one")
    settings.ENCRYPTION_KEYS = [_NEW, settings.ENCRYPTION_KEYS[0]]
    make(PlacementStatus.FAILED)
    out = StringIO()
    with pytest.raises(CommandError, match="Keep the old keys"):
        call_command("rotate_encryption_keys", stdout=out, stderr=out)
    assert f"{umbrella.slug}: its placement is not ready" in out.getvalue()
    assert f"{acme.slug}:" not in out.getvalue()
    make(PlacementStatus.READY)
    _rotate()
    settings.ENCRYPTION_KEYS = [_NEW]
    assert _kept(umbrella, kept) == "one"


def test_a_row_that_was_sealed_meanwhile_is_left_alone(acme: Tenant, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [_NEW, settings.ENCRYPTION_KEYS[0]]
    key = _keep(acme, "new")
    assert "sealed anew: 0" in _rotate()
    with tenant_scope(acme):
        assert bytes(ServiceProviderKey.objects.get(pk=key.pk).private_key) == key.private_key
