from django.apps import AppConfig
from django.core import checks


class TenantsConfig(AppConfig):
    """Tenants, placements and domains: the shared tables and the isolation of all others."""

    name = "tenants"
    verbose_name = "Platform"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say whose request it is, and when the database is ready; check the models of all apps."""
        # These need models.
        from iac_platform.cache.keys import CURRENT_TENANT  # noqa: PLC0415
        from iac_platform.metrics.readiness import READINESS_CHECKS, ReadinessCheck  # noqa: PLC0415
        from tenants.archives.policy import every_model_says_what_archives_hold  # noqa: PLC0415
        from tenants.context import current_tenant_id  # noqa: PLC0415
        from tenants.readiness import migrations_applied  # noqa: PLC0415

        checks.register(every_model_says_what_archives_hold)
        CURRENT_TENANT.register(current_tenant_id)
        READINESS_CHECKS.register("migrations", ReadinessCheck(migrations_applied, timeout=5.0))
