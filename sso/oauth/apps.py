from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """OAuth's token endpoint, and devices that are signed in by a browser elsewhere."""

    name = "sso.oauth"
    label = "oauth"
    verbose_name = "OAuth"
    default_auto_field = "django.db.models.BigAutoField"
