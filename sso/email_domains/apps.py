from django.apps import AppConfig


class EmailDomainsConfig(AppConfig):
    """E-mail domains, and the identity providers that they lead to."""

    name = "sso.email_domains"
    label = "email_domains"
    verbose_name = "E-mail domains"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which domains lead to which identity providers."""
        # These need models.
        from sso.email_domains import selectors  # noqa: PLC0415
        from sso.email_domains.services import email_domains  # noqa: PLC0415
        from sso.provisioning.providers import PROVIDER_FORGETTERS  # noqa: PLC0415
        from sso.sign_in.links import PROVIDERS_OF_DOMAINS  # noqa: PLC0415

        PROVIDERS_OF_DOMAINS.register(selectors.providers_of_domains)
        PROVIDER_FORGETTERS.register("email_domains", email_domains.forget_provider)
