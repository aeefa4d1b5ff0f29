from django.apps import AppConfig


class PlatformAdminConfig(AppConfig):
    """Templates and styles of the admin; it has no models."""

    name = "iac_platform.admin"
    label = "platform_admin"
    verbose_name = "Admin"
