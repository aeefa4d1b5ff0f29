from typing import Any, ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from tenants.isolation.operations import AddTenantKeys
from tenants.models.fields import TenantForeignKey

_CASCADE = django.db.models.deletion.CASCADE
_NULLABLE: dict[str, Any] = {"null": True, "blank": True}
_TEXTS: dict[str, str] = {
    "scopes": "The permissions that may be used through it; without, all that its user has.",
    "networks": "From which it may be used, in CIDR notation; without, from anywhere.",
    "replaces": "The token that was rotated.",
    "made_through": "The token that was shown to make this one; when it leaks, this one ends too.",
}


def _token_field(name: str, field: "models.Field[Any, Any]") -> migrations.AddField:
    return migrations.AddField(model_name="apitoken", name=name, field=field)


def _words(name: str, length: int) -> migrations.AddField:
    return _token_field(
        name,
        django.contrib.postgres.fields.ArrayField(
            models.CharField(max_length=length), size=None, help_text=_TEXTS[name], **_NULLABLE
        ),
    )


def _token(name: str, related_name: str) -> migrations.AddField:
    return _token_field(
        name,
        TenantForeignKey(
            "rbac.apitoken",
            _CASCADE,
            editable=False,
            related_name=related_name,
            help_text=_TEXTS[name],
            **_NULLABLE,
        ),
    )


class Migration(migrations.Migration):
    """Users that are programs, and tokens that may do less than their users."""

    dependencies: ClassVar = [("rbac", "0011_first_stamps")]
    acknowledged: ClassVar = {
        "add-constraint": "Of the rows that there are each new column is empty; a tenant has as "
        "many tokens as programs, so reading them takes milliseconds.",
        "unknown-operation": "The columns that the keys are of are empty, so nothing is checked.",
    }

    operations: ClassVar = [
        migrations.AlterField(
            model_name="user",
            name="kind",
            field=models.CharField(
                choices=[
                    ("person", "One of the tenant's own people"),
                    ("support", "The operator's staff, for a while"),
                    ("service", "A service account: a program"),
                ],
                db_default="person",
                default="person",
                editable=False,
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="description",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="What a service account is for.",
                max_length=500,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="owner",
            field=TenantForeignKey(
                settings.AUTH_USER_MODEL,
                django.db.models.deletion.PROTECT,
                related_name="service_accounts",
                help_text="The person who answers for a service account.",
                **_NULLABLE,
            ),
        ),
        AddTenantKeys("rbac.User", "owner"),
        _words("scopes", 100),
        _words("networks", 43),
        _token_field("last_used_at", models.DateTimeField(editable=False, **_NULLABLE)),
        _token_field("last_used_ip", models.GenericIPAddressField(editable=False, **_NULLABLE)),
        _token("replaces", "successors"),
        _token("made_through", "offspring"),
        AddTenantKeys("rbac.ApiToken", "replaces", "made_through"),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "replaces"),
                condition=Q(revoked_at=None),
                name="api_tokens_one_successor",
            ),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=Q(scopes=None) | Q(scopes__len__gt=0), name="api_tokens_some_scope"
            ),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=Q(networks=None) | Q(networks__len__gt=0),
                name="api_tokens_some_network",
            ),
        ),
    ]
