from typing import Any, ClassVar

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models, router

from tenants.isolation import shared

_MIB, _GIB, _TIB = 1024**2, 1024**3, 1024**4

_CONSTRAINT = "tenants_plan_fk"

PLANS = [
    (
        "free",
        "Free",
        "For a look around: one small team.",
        {
            "users": 5,
            "projects": 3,
            "blueprints": 25,
            "deployments_per_month": 50,
            "storage": 100 * _MIB,
            "api_calls_per_day": 10_000,
        },
    ),
    (
        "default",
        "Default",
        "For companies with several teams.",
        {
            "users": 500,
            "projects": 500,
            "blueprints": 5_000,
            "deployments_per_month": 1_000,
            "storage": 10 * _GIB,
            "api_calls_per_day": 1_000_000,
        },
    ),
    (
        "enterprise",
        "Enterprise",
        "For large organisations; no limit on deployments.",
        {
            "users": 20_000,
            "projects": 20_000,
            "blueprints": 200_000,
            "deployments_per_month": None,
            "storage": 1 * _TIB,
            "api_calls_per_day": 50_000_000,
        },
    ),
]


def seed(apps: Any, schema_editor: Any) -> None:
    """The plans to begin with, and one for every other name that tenants carry already."""
    if not router.allow_migrate(schema_editor.connection.alias, "tenants"):
        return
    plan, tenant = apps.get_model("tenants", "Plan"), apps.get_model("tenants", "Tenant")
    plan.objects.bulk_create(
        [
            plan(key=key, name=name, description=description, limits=limits)
            for key, name, description, limits in PLANS
        ],
        ignore_conflicts=True,
    )
    known = {key for key, *_ in PLANS}
    named = set(tenant.objects.order_by().values_list("plan", flat=True).distinct())
    plan.objects.bulk_create(
        [
            plan(key=key, name=key, description="Named by a tenant before plans had limits.")
            for key in sorted(named - known)
        ],
        ignore_conflicts=True,
    )


def _run(schema_editor: Any, statements: list[str]) -> None:
    if router.allow_migrate(schema_editor.connection.alias, "tenants"):
        for statement in statements:
            schema_editor.execute(statement, params=None)


def install(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, shared.install_statements(["plans"]))


def remove(_apps: Any, schema_editor: Any) -> None:
    _run(schema_editor, shared.remove_statements(["plans"]))


class Migration(migrations.Migration):
    """Plans as rows, to which tenants refer by the name that they have had until now."""

    dependencies: ClassVar = [("tenants", "0006_life_cycle")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="What tenants, commands and the API call it.",
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        validators=[
                            django.core.validators.RegexValidator(
                                r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?\Z",
                                "Use lower-case letters, digits and hyphens; start and end without a hyphen.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("description", models.CharField(blank=True, max_length=500)),
                (
                    "limits",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Limit by quota; null for no limit. A quota that is missing has its own default.",
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={"db_table": "plans", "ordering": ["key"]},
        ),
        migrations.RunPython(install, remove),
        migrations.RunPython(seed, migrations.RunPython.noop),
        migrations.AddField(
            model_name="tenant",
            name="quota_overrides",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                editable=False,
                help_text="Limit by quota, instead of the plan's; null for no limit.",
            ),
        ),
        # NOT VALID: the rows that are there already are checked by the next migration, in
        # a transaction of its own that keeps nobody from reading or writing them.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"ALTER TABLE tenants ADD CONSTRAINT {_CONSTRAINT} FOREIGN KEY (plan) "
                    "REFERENCES plans (key) DEFERRABLE INITIALLY DEFERRED NOT VALID",
                    f"ALTER TABLE tenants DROP CONSTRAINT {_CONSTRAINT}",
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="tenant",
                    name="plan",
                    field=models.ForeignKey(
                        db_column="plan",
                        db_index=False,
                        default="default",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenants",
                        to="tenants.plan",
                    ),
                ),
            ],
        ),
    ]
