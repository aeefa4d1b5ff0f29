from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    """Who the people of identity providers are here, and what they are granted."""

    name = "sso.provisioning"
    label = "provisioning"
    verbose_name = "Single sign-on"
    default_auto_field = "django.db.models.BigAutoField"
