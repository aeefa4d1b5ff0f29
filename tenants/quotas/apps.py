from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class QuotasConfig(AppConfig):
    """What each tenant may use, and the counters of what cannot be counted in rows."""

    name = "tenants.quotas"
    label = "quotas"
    verbose_name = "Usage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import every app's ``quotas`` module, so that the registry is complete."""
        autodiscover_modules("quotas")
