from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tenants.isolation.operations import AddTenantKeys
from tenants.models.fields import TenantForeignKey


class Migration(migrations.Migration):
    """Invitations of ordinary users, with roles, by one of the tenant's people."""

    dependencies: ClassVar = [("rbac", "0015_unique_name_keys")]
    acknowledged: ClassVar = {
        "unknown-operation": "The column that the key is of is empty, so nothing is checked.",
    }

    operations: ClassVar = [
        migrations.AddField(
            model_name="invitation",
            name="invited_by",
            field=TenantForeignKey(
                settings.AUTH_USER_MODEL,
                django.db.models.deletion.CASCADE,
                editable=False,
                null=True,
                related_name="invitations",
                help_text="Who gives the roles; nobody where the operator invites the first admin.",
            ),
        ),
        AddTenantKeys("rbac.Invitation", "invited_by"),
        migrations.AddField(
            model_name="invitation",
            name="revoked_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60),
                blank=True,
                db_default=[],
                default=list,
                help_text="The keys of the roles that come with it.",
                size=None,
            ),
        ),
    ]
