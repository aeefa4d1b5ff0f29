from django.apps import AppConfig


class SamlConfig(AppConfig):
    """Single sign-on by SAML 2.0. It loads no XML library: the first message does."""

    name = "sso.saml"
    label = "saml"
    verbose_name = "SAML"
    default_auto_field = "django.db.models.BigAutoField"
