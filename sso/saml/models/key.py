"""The keys that a tenant signs and decrypts with, one configuration apart from another."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from sso.saml.models.configuration import SamlConfiguration
from tenants.locks import LockStage
from tenants.models import NEVER_EXPORTED, TenantForeignKey, TenantModel


class KeyState(models.TextChoices):
    """Where a key stands in its rotation."""

    NEXT = "next", "next: published, so that identity providers know it in time"
    CURRENT = "current", "current: signs and decrypts"
    PREVIOUS = "previous", "previous: decrypts what was still encrypted for it"


class ServiceProviderKey(TenantModel):
    """A key pair of the service provider that a tenant is for one configuration.

    The private key is sealed for its row (``iac_platform.common.encryption``).
    """

    archive: ClassVar = NEVER_EXPORTED
    sealed_columns: ClassVar = frozenset({"private_key"})
    unobserved_columns = frozenset({"private_key"})

    configuration = TenantForeignKey(SamlConfiguration, models.CASCADE, related_name="keys")
    certificate_pem = models.TextField(editable=False)
    private_key = models.BinaryField(editable=False)
    state = models.CharField(max_length=10, choices=KeyState, editable=False)
    expires_at = models.DateTimeField(editable=False, help_text="When its certificate expires.")

    lock_stage = LockStage.PART

    class Meta:
        db_table = "saml_service_provider_keys"
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "configuration", "state"],
                name="saml_service_provider_keys_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} key of {self.configuration_id}"
