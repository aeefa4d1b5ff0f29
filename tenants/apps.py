from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Tenants, placements and domains: the shared tables and the isolation of all others."""

    name = "tenants"
    verbose_name = "Platform"
    default_auto_field = "django.db.models.BigAutoField"
