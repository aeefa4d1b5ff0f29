"""The host names of tenants."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from iac_platform.common.changes import WriteErrors
from iac_platform.common.host_names import to_unicode
from tenants.errors import DomainTaken
from tenants.models.tenant import Tenant


class Domain(models.Model):
    """A host name that belongs to a tenant; requests to it are the tenant's.

    Only a verified name is served, and only verified names are unique: whoever writes
    down a name that is not theirs keeps nobody from it.
    """

    # Not a number that counts up: it would tell a tenant how many others there are.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    domain = models.CharField(max_length=253)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="domains")
    is_primary = models.BooleanField(default=False)
    verified_at = models.DateTimeField(
        null=True, blank=True, help_text="Only verified domains are served."
    )
    challenge = models.CharField(
        max_length=64,
        blank=True,
        default="",
        editable=False,
        help_text="What the domain's owner puts into a DNS TXT record to prove it is theirs.",
    )
    checked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the record was last looked for."
    )
    failure = models.CharField(
        max_length=500,
        blank=True,
        default="",
        editable=False,
        help_text="Why the last look found no proof.",
    )
    redirects_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The name of a renamed tenant: until then it redirects to the new one.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    resource = "domain"
    tenant_path = "tenant_id"
    write_errors = WriteErrors(taken=DomainTaken, name_field="domain")

    class Meta:
        db_table = "domains"
        ordering: ClassVar = ["domain"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["domain"],
                condition=Q(verified_at__isnull=False),
                name="domains_verified_unique",
            ),
            models.UniqueConstraint(fields=["tenant", "domain"], name="domains_tenant_unique"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_primary=True), name="domains_one_primary"
            ),
            # Whoever reads a challenge in DNS cannot write it down as their own.
            models.UniqueConstraint(
                fields=["challenge"], condition=~Q(challenge=""), name="domains_challenge_unique"
            ),
        ]

    def __str__(self) -> str:
        shown = self.unicode
        return self.domain if shown == self.domain else f"{self.domain} ({shown})"

    @property
    def unicode(self) -> str:
        """The name as people write it: the same, but for domains of other scripts than ASCII."""
        return to_unicode(self.domain)

    @property
    def is_former(self) -> bool:
        """Whether it is the address of a renamed tenant, which redirects to the new one."""
        return self.redirects_until is not None
