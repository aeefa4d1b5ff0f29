import uuid
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import migrations, models
from django.db.models import Q

from tenants.database import entrance
from tenants.isolation import jobs, shared

TABLES = (
    "tenants",
    "domains",
    "placements",
    "service_plans",
    "operations",
    "migration_runs",
    "placement_migrations",
    "audit_anchors",
    "permissions",
    "django_content_type",
    "django_migrations",
)
SEQUENCES = ("placements_id_seq",)

_MIB, _GIB, _TIB = 1024**2, 1024**3, 1024**4
PLANS = [
    {
        "key": "free",
        "name": "Free",
        "description": "For a look around: one small team.",
        "limits": {
            "users": 5,
            "projects": 3,
            "blueprints": 25,
            "deployments_per_month": 50,
            "storage": 100 * _MIB,
            "api_calls_per_day": 10_000,
        },
    },
    {
        "key": "default",
        "name": "Default",
        "description": "For companies with several teams.",
        "limits": {
            "users": 500,
            "projects": 500,
            "blueprints": 5_000,
            "deployments_per_month": 1_000,
            "storage": 10 * _GIB,
            "api_calls_per_day": 1_000_000,
        },
    },
    {
        "key": "enterprise",
        "name": "Enterprise",
        "description": "For large organisations; no limit on deployments.",
        "limits": {
            "users": 20_000,
            "projects": 20_000,
            "blueprints": 200_000,
            "deployments_per_month": None,
            "storage": 1 * _TIB,
            "api_calls_per_day": 50_000_000,
        },
    },
]


def seed(apps: Any, _schema_editor: Any) -> None:
    """The plans to begin with; the operator changes them."""
    plan = apps.get_model("tenants", "ServicePlan")
    plan.objects.bulk_create([plan(**values) for values in PLANS])


class Migration(migrations.Migration):
    """The shared tables, who may do what with them, and the way into a tenant's scope."""

    initial = True
    dependencies: ClassVar = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    acknowledged: ClassVar = {"run-sql": "It is about tables that nobody uses yet."}

    operations: ClassVar = [
        migrations.CreateModel(
            name="Placement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "schema_name",
                    models.CharField(
                        max_length=48,
                        unique=True,
                        validators=[RegexValidator("^[a-z][a-z0-9_]{0,47}\\Z")],
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pool", "Pool, shared by standard tenants"),
                            ("dedicated", "Dedicated to one enterprise tenant"),
                            ("platform", "The operator's own"),
                            ("template", "The template of new placements; never holds a tenant"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "capacity",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="How many tenants fit; always one for a dedicated placement.",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting for its schema"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="pending",
                        max_length=16,
                    ),
                ),
                (
                    "failure",
                    models.TextField(
                        blank=True, help_text="Why provisioning failed, for the operator."
                    ),
                ),
                (
                    "migrations",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Fingerprint of the migrations that the schema has.",
                        max_length=64,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "placements",
                "ordering": ["schema_name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(
                            ("schema_name__regex", "^[a-z][a-z0-9_]{0,47}$"),
                            Q(
                                ("schema_name__regex", "^(pg_.*|public|information_schema)$"),
                                _negated=True,
                            ),
                        ),
                        name="placements_schema_name_is_plain",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ServicePlan",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="What tenants, commands and the API call it.",
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        validators=[
                            RegexValidator(
                                "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?\\Z",
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
            options={"db_table": "service_plans", "ordering": ["key"]},
        ),
        migrations.CreateModel(
            name="Tenant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "slug",
                    models.CharField(
                        help_text="The first label of the tenant's host name.",
                        max_length=40,
                        unique=True,
                        validators=[
                            RegexValidator(
                                "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?\\Z",
                                "Use lower-case letters, digits and hyphens; start and end without a hyphen.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("standard", "Standard: row-level security in a shared schema"),
                            (
                                "enterprise",
                                "Enterprise: a schema of its own, and row-level security",
                            ),
                        ],
                        default="standard",
                        max_length=16,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_column="plan",
                        db_index=False,
                        default="default",
                        on_delete=models.PROTECT,
                        related_name="tenants",
                        to="tenants.serviceplan",
                    ),
                ),
                (
                    "quota_overrides",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        editable=False,
                        help_text="Limit by quota, instead of the plan's; null for no limit.",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("provisioning", "Being provisioned"),
                            ("invited", "Waiting for its first admin"),
                            ("active", "Active"),
                            ("suspended", "Suspended"),
                            ("pending_deletion", "Will be deleted"),
                        ],
                        default="provisioning",
                        max_length=16,
                    ),
                ),
                (
                    "placement",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="tenants", to="tenants.placement"
                    ),
                ),
                (
                    "moving_to",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        help_text="Where the tenant is being moved; its place there is taken already.",
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="arriving",
                        to="tenants.placement",
                    ),
                ),
                (
                    "writes_fenced_until",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="Until then the tenant's transactions are read-only, while it is being moved.",
                        null=True,
                    ),
                ),
                (
                    "deletion_due_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="When a tenant that is pending deletion is deleted for good.",
                        null=True,
                    ),
                ),
                (
                    "status_before_deletion",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("provisioning", "Being provisioned"),
                            ("invited", "Waiting for its first admin"),
                            ("active", "Active"),
                            ("suspended", "Suspended"),
                            ("pending_deletion", "Will be deleted"),
                        ],
                        default="",
                        editable=False,
                        help_text="What a tenant that is pending deletion becomes again when it is restored.",
                        max_length=16,
                    ),
                ),
                (
                    "invitee",
                    models.EmailField(
                        blank=True,
                        default="",
                        help_text="Who is invited to be the first admin; empty once they have accepted.",
                        max_length=254,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={"db_table": "tenants", "ordering": ["slug"]},
        ),
        migrations.CreateModel(
            name="Domain",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("domain", models.CharField(max_length=253)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="domains", to="tenants.tenant"
                    ),
                ),
                ("is_primary", models.BooleanField(default=False)),
                (
                    "verified_at",
                    models.DateTimeField(
                        blank=True, help_text="Only verified domains are served.", null=True
                    ),
                ),
                (
                    "challenge",
                    models.CharField(
                        blank=True,
                        default="",
                        editable=False,
                        help_text="What the domain's owner puts into a DNS TXT record to prove it is theirs.",
                        max_length=64,
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="When the record was last looked for.",
                        null=True,
                    ),
                ),
                (
                    "failure",
                    models.CharField(
                        blank=True,
                        default="",
                        editable=False,
                        help_text="Why the last look found no proof.",
                        max_length=500,
                    ),
                ),
                (
                    "redirects_until",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="The name of a renamed tenant: until then it redirects to the new one.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "domains",
                "ordering": ["domain"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("verified_at__isnull", False)),
                        fields=("domain",),
                        name="domains_verified_unique",
                    ),
                    models.UniqueConstraint(
                        fields=("tenant", "domain"), name="domains_tenant_unique"
                    ),
                    models.UniqueConstraint(
                        condition=Q(("is_primary", True)),
                        fields=("tenant",),
                        name="domains_one_primary",
                    ),
                    models.UniqueConstraint(
                        condition=Q(("challenge", ""), _negated=True),
                        fields=("challenge",),
                        name="domains_challenge_unique",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="audit_anchor",
                        serialize=False,
                        to="tenants.tenant",
                    ),
                ),
                ("sequence", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("anchored_at", models.DateTimeField()),
            ],
            options={"db_table": "audit_anchors"},
        ),
        migrations.CreateModel(
            name="Operation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("provision", "Provision"),
                            ("move", "Move to another placement"),
                            ("delete", "Delete for good"),
                        ],
                        max_length=16,
                    ),
                ),
                ("tenant_id", models.UUIDField(db_index=True)),
                (
                    "subject",
                    models.CharField(help_text="The tenant's slug at the time.", max_length=40),
                ),
                ("parameters", models.JSONField(blank=True, default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting for the provisioner"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=16,
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        blank=True, help_text="What is being done now.", max_length=60
                    ),
                ),
                (
                    "done",
                    models.PositiveBigIntegerField(
                        default=0, help_text="Units of this step that are done."
                    ),
                ),
                (
                    "total",
                    models.PositiveBigIntegerField(
                        default=0, help_text="Units it has; 0 if unknown."
                    ),
                ),
                (
                    "failure",
                    models.TextField(blank=True, help_text="Why it failed, for the operator."),
                ),
                ("result", models.JSONField(blank=True, default=dict)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("requested_by", models.CharField(max_length=200)),
                (
                    "requested_by_id",
                    models.CharField(
                        help_text="The audit log's id of whoever asked; they must be allowed when it begins.",
                        max_length=100,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "operations",
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(fields=["status", "created_at"], name="operations_queue_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("status__in", ["queued", "running"])),
                        fields=("tenant_id",),
                        name="operations_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MigrationRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "target",
                    models.CharField(help_text="Fingerprint that all are to have.", max_length=64),
                ),
                (
                    "migrations",
                    models.JSONField(default=list, help_text="What was pending, as app.name."),
                ),
                (
                    "canary",
                    models.CharField(
                        blank=True, help_text="Which schema went first.", max_length=48
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Ended with placements that failed"),
                            ("stopped", "Stopped before the end"),
                        ],
                        default="running",
                        max_length=16,
                    ),
                ),
                ("failure", models.TextField(blank=True)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"db_table": "migration_runs", "ordering": ["-started_at"]},
        ),
        migrations.CreateModel(
            name="PlacementMigration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=models.CASCADE,
                        related_name="placements",
                        to="tenants.migrationrun",
                    ),
                ),
                (
                    "placement",
                    models.ForeignKey(
                        on_delete=models.CASCADE,
                        related_name="migrations_log",
                        to="tenants.placement",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("failure", models.TextField(blank=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "placement_migrations",
                "ordering": ["placement_id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "placement"), name="placement_migrations_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CataloguedPermission",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("resource", models.CharField(max_length=60)),
                ("action", models.CharField(max_length=60)),
                ("scope", models.CharField(max_length=10)),
                ("description", models.CharField(max_length=200)),
            ],
            options={
                "db_table": "permissions",
                "ordering": ["resource", "action", "scope"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("resource", "action", "scope"), name="permissions_unique"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            tuple(shared.install_statements(TABLES, SEQUENCES)),
            tuple(shared.remove_statements(TABLES, SEQUENCES)),
        ),
        migrations.RunSQL(shared.ANCHORS_ONLY_FORWARD, shared.ANCHORS_BACKWARD_TOO),
        migrations.RunSQL(entrance.CREATE_FUNCTION, entrance.DROP_FUNCTION),
        migrations.RunSQL(jobs.INSTALL, jobs.REMOVE),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
