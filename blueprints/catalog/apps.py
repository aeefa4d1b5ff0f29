from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Projects, blueprints and their immutable versions."""

    name = "blueprints.catalog"
    label = "catalog"
    verbose_name = "Blueprints"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let grants be limited to projects."""
        # These need models.
        from blueprints.catalog import selectors  # noqa: PLC0415
        from iac_platform.common.permissions import LimitKind  # noqa: PLC0415
        from rbac.grant_limits import GRANT_LIMITS, LimitLookup  # noqa: PLC0415

        projects = LimitLookup(known=selectors.known_projects, names=selectors.named_projects)
        GRANT_LIMITS.register(LimitKind.PROJECT, projects)
