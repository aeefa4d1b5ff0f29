from django.apps import AppConfig


class PlatformAdminConfig(AppConfig):
    """Templates and styles of the admin; it has no models."""

    name = "iac_platform.admin"
    label = "platform_admin"
    verbose_name = "Admin"

    def ready(self) -> None:
        """Have moments filtered in our way."""
        from iac_platform.admin.filters import use_moment_filters  # noqa: PLC0415  # apps must be loaded

        use_moment_filters()
