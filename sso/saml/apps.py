from django.apps import AppConfig


class SamlConfig(AppConfig):
    """Single sign-on by SAML 2.0. It loads no XML library: the first message does."""

    name = "sso.saml"
    label = "saml"
    verbose_name = "SAML"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show a button for each identity provider on the login page."""
        # These need models.
        from sso.saml import links  # noqa: PLC0415
        from sso.sign_in.links import SIGN_ON_LINKS  # noqa: PLC0415

        SIGN_ON_LINKS.register("saml", links.sign_on_links)
