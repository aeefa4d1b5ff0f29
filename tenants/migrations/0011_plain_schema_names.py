from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What the owner writes into its SQL is held to its alphabet where it is stored."""

    acknowledged: ClassVar = {
        "add-constraint": "A few thousand rows at most, that the operator alone writes; it takes milliseconds.",
    }

    dependencies: ClassVar = [("tenants", "0010_challenges")]

    operations: ClassVar = [
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.CheckConstraint(
                condition=Q(schema_name__regex="^[a-z][a-z0-9_]{0,47}$")
                & ~Q(schema_name__regex="^(pg_.*|public|information_schema)$"),
                name="placements_schema_name_is_plain",
            ),
        ),
    ]
