from django.apps import AppConfig


class SamlConfig(AppConfig):
    """Single sign-on by SAML 2.0. It loads no XML library: the first message does."""

    name = "sso.saml"
    label = "saml"
    verbose_name = "SAML"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which identity providers there are, on the login page and to provisioning."""
        # These need models.
        from iac_platform.metrics.gauges import GAUGES  # noqa: PLC0415
        from sso.provisioning.providers import PROVIDER_LISTS, PROVIDERS  # noqa: PLC0415
        from sso.saml import links  # noqa: PLC0415
        from sso.saml.services.expiry import expiring_gauges  # noqa: PLC0415
        from sso.sign_in.links import PROVIDERS_OF_SESSIONS, SIGN_ON_LINKS, SIGN_OUTS  # noqa: PLC0415

        SIGN_ON_LINKS.register("saml", links.sign_on_links)
        SIGN_OUTS.register("saml", links.sign_out)
        PROVIDERS_OF_SESSIONS.register("saml", links.providers_of_sessions)
        PROVIDERS.register("saml", links.name_of)
        GAUGES.register("saml", expiring_gauges)
        PROVIDER_LISTS.register("saml", links.providers)
