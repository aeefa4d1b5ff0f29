import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression

from rbac.models.fields import NameField, NameKeyField
from rbac.names import validate_name, validate_username
from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate
from tenants.models.fields import TenantForeignKey


def _tenant_model() -> list[tuple[str, "models.Field[Any, Any]"]]:
    """The fields of each ``TenantModel``."""
    return [
        (
            "id",
            models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
        ),
        ("tenant_id", models.UUIDField(default=current_tenant_id, editable=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
    ]


def _revised_model() -> list[tuple[str, "models.Field[Any, Any]"]]:
    """The fields of each ``RevisedModel``."""
    return [
        *_tenant_model(),
        ("revision", models.PositiveIntegerField(default=1, editable=False)),
        ("updated_at", models.DateTimeField(auto_now=True)),
    ]


class Migration(migrations.Migration):
    """Users, teams, roles and grants, tokens, invitations, and the audit log."""

    initial = True
    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="User",
            fields=[
                *_revised_model(),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "username",
                    models.CharField(
                        max_length=150, validators=[UnicodeUsernameValidator(), validate_username]
                    ),
                ),
                (
                    "username_key",
                    NameKeyField(db_collation="C", editable=False, max_length=300, of="username"),
                ),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("full_name", models.CharField(blank=True, max_length=200)),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Deactivated users keep their history and lose all access.",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("person", "Member"),
                            ("support", "Support access"),
                            ("service", "Service account"),
                        ],
                        default="person",
                        editable=False,
                        max_length=16,
                    ),
                ),
                (
                    "description",
                    models.CharField(
                        blank=True, help_text="What a service account is for.", max_length=500
                    ),
                ),
                (
                    "owner",
                    TenantForeignKey(
                        blank=True,
                        help_text="The person who answers for a service account.",
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="service_accounts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "users",
                "ordering": ["username"],
                "indexes": [
                    models.Index(fields=["tenant_id", "created_at", "id"], name="users_page_idx"),
                    models.Index(fields=["tenant_id", "username_key", "id"], name="users_key_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "username_key"), name="users_username_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                *_revised_model(),
                ("name", NameField(max_length=100, validators=[validate_name])),
                ("name_key", NameKeyField(db_collation="C", editable=False, max_length=300)),
                ("description", models.CharField(blank=True, max_length=500)),
                (
                    "parent",
                    TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="parts",
                        to="rbac.team",
                    ),
                ),
                (
                    "ancestors",
                    ArrayField(
                        base_field=models.UUIDField(), default=list, editable=False, size=None
                    ),
                ),
            ],
            options={
                "db_table": "teams",
                "ordering": ["name"],
                "indexes": [
                    models.Index(fields=["tenant_id", "created_at", "id"], name="teams_page_idx"),
                    models.Index(fields=["tenant_id", "name_key", "id"], name="teams_key_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "name_key"), name="teams_name_unique"
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            ("parent", None), Q(("parent", F("id")), _negated=True), _connector="OR"
                        ),
                        name="teams_not_part_of_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                *_tenant_model(),
                (
                    "team",
                    TenantForeignKey(
                        on_delete=models.CASCADE, related_name="memberships", to="rbac.team"
                    ),
                ),
                (
                    "user",
                    TenantForeignKey(
                        on_delete=models.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "added_by",
                    models.CharField(help_text="The audit id of who added them.", max_length=100),
                ),
            ],
            options={
                "db_table": "team_members",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "team", "user"), name="team_members_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                *_revised_model(),
                ("key", models.CharField(max_length=60)),
                ("name", NameField(max_length=100, validators=[validate_name])),
                ("name_key", NameKeyField(db_collation="C", editable=False, max_length=300)),
                ("description", models.TextField(blank=True)),
                (
                    "is_custom",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="Made by the tenant, not by the platform.",
                    ),
                ),
            ],
            options={
                "db_table": "roles",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "key"), name="roles_key_unique"),
                    models.UniqueConstraint(
                        condition=Q(("is_custom", True)),
                        fields=("tenant_id", "name_key"),
                        name="roles_name_key_unique",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            Q(("key", "operator"), _negated=True),
                            ("is_custom", True),
                            ("tenant_id", uuid.UUID("00000000-0000-4000-8000-000000000001")),
                            _connector="OR",
                        ),
                        name="roles_operator_is_the_platforms",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RolePermission",
            fields=[
                *_tenant_model(),
                (
                    "role",
                    TenantForeignKey(
                        on_delete=models.CASCADE, related_name="permissions", to="rbac.role"
                    ),
                ),
                ("permission_id", models.UUIDField()),
            ],
            options={
                "db_table": "role_permissions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "role", "permission_id"),
                        name="role_permissions_unique",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleParent",
            fields=[
                *_tenant_model(),
                (
                    "role",
                    TenantForeignKey(
                        on_delete=models.CASCADE, related_name="parent_links", to="rbac.role"
                    ),
                ),
                (
                    "parent",
                    TenantForeignKey(
                        on_delete=models.PROTECT, related_name="heir_links", to="rbac.role"
                    ),
                ),
            ],
            options={
                "db_table": "role_parents",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "role", "parent"), name="role_parents_unique"
                    ),
                    models.CheckConstraint(
                        condition=Q(("role", F("parent")), _negated=True),
                        name="role_parents_not_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleGrant",
            fields=[
                *_tenant_model(),
                (
                    "user",
                    TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="role_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="role_grants",
                        to="rbac.team",
                    ),
                ),
                (
                    "role",
                    TenantForeignKey(
                        on_delete=models.PROTECT, related_name="grants", to="rbac.role"
                    ),
                ),
                (
                    "projects",
                    ArrayField(base_field=models.UUIDField(), blank=True, null=True, size=None),
                ),
                (
                    "environments",
                    ArrayField(base_field=models.UUIDField(), blank=True, null=True, size=None),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "granted_by",
                    models.CharField(help_text="The grantor's audit id.", max_length=100),
                ),
                (
                    "delegated_by",
                    TenantForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="delegations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "user_roles",
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="user_roles_page_idx"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "tenant_id",
                            "user",
                            "team",
                            "role",
                            "projects",
                            "environments",
                            "delegated_by",
                        ),
                        name="user_roles_grants_unique",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            Q(("team__isnull", False), ("user", None)),
                            Q(("team", None), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="user_roles_to_one",
                    ),
                    models.CheckConstraint(
                        condition=Q(("projects", None), ("projects__len__gt", 0), _connector="OR"),
                        name="user_roles_some_project",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            ("environments", None), ("environments__len__gt", 0), _connector="OR"
                        ),
                        name="user_roles_some_environment",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            ("starts_at", None),
                            ("expires_at", None),
                            ("starts_at__lt", F("expires_at")),
                            _connector="OR",
                        ),
                        name="user_roles_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessStamp",
            fields=[*_tenant_model(), ("stamp", models.UUIDField())],
            options={
                "db_table": "access_stamps",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id",), name="access_stamps_tenant_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                *_tenant_model(),
                (
                    "user",
                    TenantForeignKey(
                        on_delete=models.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "prefix",
                    models.CharField(
                        help_text="The start of the token, by which people recognise it.",
                        max_length=48,
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "scopes",
                    ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        help_text="The permissions that may be used through it; without, all that its user has.",
                        null=True,
                        size=None,
                    ),
                ),
                (
                    "networks",
                    ArrayField(
                        base_field=models.CharField(max_length=43),
                        blank=True,
                        help_text="From which it may be used, in CIDR notation; without, from anywhere.",
                        null=True,
                        size=None,
                    ),
                ),
                ("last_used_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "last_used_ip",
                    models.GenericIPAddressField(blank=True, editable=False, null=True),
                ),
                (
                    "replaces",
                    TenantForeignKey(
                        blank=True,
                        editable=False,
                        help_text="The token that was rotated.",
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="successors",
                        to="rbac.apitoken",
                    ),
                ),
                (
                    "made_through",
                    TenantForeignKey(
                        blank=True,
                        editable=False,
                        help_text="The token that was shown to make this one; when it leaks, this one ends too.",
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="offspring",
                        to="rbac.apitoken",
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
                "db_table": "api_tokens",
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="api_tokens_page_idx"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "digest"), name="api_tokens_digest_unique"
                    ),
                    models.UniqueConstraint(
                        condition=Q(("revoked_at", None)),
                        fields=("tenant_id", "replaces"),
                        name="api_tokens_one_successor",
                    ),
                    models.CheckConstraint(
                        condition=Q(("scopes", None), ("scopes__len__gt", 0), _connector="OR"),
                        name="api_tokens_some_scope",
                    ),
                    models.CheckConstraint(
                        condition=Q(("networks", None), ("networks__len__gt", 0), _connector="OR"),
                        name="api_tokens_some_network",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                *_tenant_model(),
                ("email", models.EmailField(max_length=254)),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "roles",
                    ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        help_text="The keys of the roles that come with it.",
                        size=None,
                    ),
                ),
                (
                    "invited_by",
                    TenantForeignKey(
                        editable=False,
                        help_text="Who gives the roles; nobody where the operator invites the first admin.",
                        null=True,
                        on_delete=models.CASCADE,
                        related_name="invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "invitations",
                "ordering": ["-created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "digest"), name="invitations_digest_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SupportAccess",
            fields=[
                *_tenant_model(),
                (
                    "operator_id",
                    models.CharField(help_text="The operator's audit id.", max_length=100),
                ),
                ("operator_name", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=500)),
                (
                    "role_key",
                    models.CharField(help_text="The role that was granted.", max_length=60),
                ),
                (
                    "user",
                    TenantForeignKey(
                        on_delete=models.CASCADE,
                        related_name="support_accesses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("first_used_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("revoked_by", models.CharField(blank=True, editable=False, max_length=200)),
            ],
            options={
                "verbose_name_plural": "support accesses",
                "db_table": "support_accesses",
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="support_accesses_page_idx"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "user"), name="support_accesses_user_unique"
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            (
                                "expires_at__lte",
                                CombinedExpression(
                                    F("created_at"), "+", models.Value(timedelta(seconds=14400))
                                ),
                            )
                        ),
                        name="support_accesses_at_most_4_hours",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                *_tenant_model(),
                ("actor_id", models.CharField(max_length=100)),
                ("actor_name", models.CharField(max_length=200)),
                ("action", models.CharField(max_length=100)),
                ("subject_type", models.CharField(max_length=100)),
                ("subject_id", models.CharField(max_length=100)),
                ("subject_name", models.CharField(max_length=255)),
                ("changes", models.JSONField(default=dict)),
                ("request_id", models.CharField(blank=True, max_length=100)),
                ("ip_address", models.GenericIPAddressField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "db_table": "audit_entries",
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="audit_entries_page_idx"
                    ),
                    models.Index(
                        fields=["tenant_id", "subject_type", "subject_id"],
                        name="audit_entries_subject_idx",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                ("entry_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("tenant_id", models.UUIDField(default=current_tenant_id, editable=False)),
                ("sequence", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("key_id", models.CharField(max_length=16)),
            ],
            options={
                "db_table": "audit_links",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "sequence"), name="audit_links_sequence_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditCut",
            fields=[
                *_tenant_model(),
                ("sequence", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("entries", models.BigIntegerField()),
                ("before", models.DateTimeField()),
                ("pruned_at", models.DateTimeField()),
                ("pruned_by", models.CharField(max_length=200)),
                ("key_id", models.CharField(max_length=16)),
                ("signature", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "audit_cuts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "sequence"), name="audit_cuts_sequence_unique"
                    )
                ],
            },
        ),
        Isolate(
            "rbac.User",
            "rbac.Team",
            "rbac.TeamMember",
            "rbac.Role",
            "rbac.RolePermission",
            "rbac.RoleParent",
            "rbac.RoleGrant",
            "rbac.AccessStamp",
            "rbac.ApiToken",
            "rbac.Invitation",
        ),
        # Who was here stays on record.
        Isolate("rbac.SupportAccess", privileges=("INSERT", "SELECT", "UPDATE")),
        # Nobody who answers requests can change or remove what the log says; only the operator's
        # commands cut it.
        Isolate("rbac.AuditEntry", "rbac.AuditLink", privileges=("INSERT", "SELECT")),
        Isolate("rbac.AuditCut", privileges=("SELECT",)),
    ]
