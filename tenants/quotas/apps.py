from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class QuotasConfig(AppConfig):
    """What each tenant may use, and the counters of what cannot be counted in rows."""

    name = "tenants.quotas"
    label = "quotas"
    verbose_name = "Usage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Complete the registry by every app's ``quotas`` module; tell the gateway of it."""
        # These need models.
        from iac_platform.gateway.rate_limits import RATE_LIMIT_OF  # noqa: PLC0415
        from tenants.quotas.call_limits import rate_limit_of  # noqa: PLC0415

        autodiscover_modules("quotas")
        RATE_LIMIT_OF.register(rate_limit_of)
