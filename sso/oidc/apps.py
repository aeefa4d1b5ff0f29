from django.apps import AppConfig


class OidcConfig(AppConfig):
    """Single sign-on by OpenID Connect. It loads no JOSE library: the first answer does."""

    name = "sso.oidc"
    label = "oidc"
    verbose_name = "OpenID Connect"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which providers there are, on the login page and to provisioning."""
        # These need models.
        from sso.oidc import links  # noqa: PLC0415
        from sso.provisioning.providers import PROVIDER_LISTS, PROVIDERS  # noqa: PLC0415
        from sso.sign_in.links import PROVIDERS_OF_SESSIONS, SIGN_ON_LINKS, SIGN_OUTS  # noqa: PLC0415

        SIGN_ON_LINKS.register("oidc", links.sign_on_links)
        SIGN_OUTS.register("oidc", links.sign_out)
        PROVIDERS_OF_SESSIONS.register("oidc", links.providers_of_sessions)
        PROVIDERS.register("oidc", links.name_of)
        PROVIDER_LISTS.register("oidc", links.providers)
