from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class RbacConfig(AppConfig):
    """Users, roles, permissions, API tokens and the audit log of each tenant."""

    name = "rbac"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import every app's ``permissions`` module, so that the registry is complete."""
        autodiscover_modules("permissions")
