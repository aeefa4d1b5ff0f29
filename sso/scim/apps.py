from django.apps import AppConfig


class ScimConfig(AppConfig):
    """Users and groups by SCIM 2.0. It loads no SCIM library: the first request does."""

    name = "sso.scim"
    label = "scim"
    verbose_name = "SCIM"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which directories there are, and who was provisioned, to provisioning."""
        # These need models.
        from rbac.services.audit import LISTENERS  # noqa: PLC0415
        from rbac.services.tokens import LEAKED_TOKENS  # noqa: PLC0415
        from sso.provisioning.providers import (  # noqa: PLC0415
            PROVIDER_FORGETTERS,
            PROVIDER_LISTS,
            PROVIDERS,
            PROVISIONED_USERS,
        )
        from sso.scim import links, selectors  # noqa: PLC0415
        from sso.scim.services.tokens import revoke_leaked_scim_token  # noqa: PLC0415

        PROVIDERS.register("scim", links.name_of)
        PROVIDER_LISTS.register("scim", links.providers)
        PROVIDER_FORGETTERS.register("scim", links.forget_directory)
        PROVISIONED_USERS.register("scim", selectors.provisioned_user)
        LISTENERS.register("scim", links.forget_deactivation)
        LEAKED_TOKENS.register("scim", revoke_leaked_scim_token)
