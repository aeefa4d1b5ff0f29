"""A tenant's e-mail domains."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from iac_platform.common.changes import WriteErrors
from rbac.querysets import PermittedQuerySet
from sso.email_domains.errors import EmailDomainNotFound, EmailDomainTaken, InvalidEmailDomain
from sso.provisioning.models import ProviderKind
from tenants.models import NEVER_EXPORTED, RevisedModel

MAX_DOMAIN = 253
MAX_CHALLENGE = 64
MAX_FAILURE = 500
_MAX_KIND = 8


class EmailDomain(RevisedModel):
    """An e-mail domain, and the identity provider that its people are led to once it is verified.

    Several tenants may verify one domain: each leads only those who are at its own host. Where a
    tenant is imported, its domains are verified anew.
    """

    archive: ClassVar = NEVER_EXPORTED

    domain = models.CharField(
        max_length=MAX_DOMAIN, help_text="What stands after the @, as DNS has it."
    )
    challenge = models.CharField(max_length=MAX_CHALLENGE, editable=False)
    provider_kind = models.CharField(max_length=_MAX_KIND, choices=ProviderKind, blank=True)
    provider_id = models.UUIDField(
        null=True, blank=True, help_text="Of its configuration; none once that was deleted."
    )
    verified_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when DNS has proven it; it leads nobody before."
    )
    checked_at = models.DateTimeField(
        null=True, editable=False, help_text="When DNS was asked the last time."
    )
    failure = models.CharField(
        max_length=MAX_FAILURE,
        blank=True,
        default="",
        editable=False,
        help_text="What the last check missed.",
    )

    objects = PermittedQuerySet.as_manager()
    resource = "email_domain"
    write_errors = WriteErrors(
        not_found=EmailDomainNotFound,
        invalid=InvalidEmailDomain,
        taken=EmailDomainTaken,
        name_field="domain",
    )

    class Meta:
        db_table = "email_domains"
        verbose_name = "e-mail domain"
        ordering: ClassVar = ["domain"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "domain"], name="email_domains_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="email_domains_page_idx")
        ]

    def __str__(self) -> str:
        return self.domain
