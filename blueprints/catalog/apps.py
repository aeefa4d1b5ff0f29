from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Projects, blueprints and their immutable versions."""

    name = "blueprints.catalog"
    label = "catalog"
    verbose_name = "Blueprints"
    default_auto_field = "django.db.models.BigAutoField"
