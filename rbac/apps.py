from django.apps import AppConfig
from django.contrib.auth.signals import user_login_failed
from django.utils.module_loading import autodiscover_modules


class RbacConfig(AppConfig):
    """Users, roles, permissions, API tokens and the audit log of each tenant."""

    name = "rbac"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Complete the registry by every app's ``permissions`` module; note failed sign-ins."""
        from rbac.services.denials import record_failed_sign_in  # noqa: PLC0415  # needs models

        autodiscover_modules("permissions")
        user_login_failed.connect(record_failed_sign_in, dispatch_uid="rbac.denials")
