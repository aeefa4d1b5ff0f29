from django.apps import AppConfig


class SecondFactorsConfig(AppConfig):
    """Authenticator apps, passkeys and recovery codes."""

    name = "sso.second_factors"
    label = "second_factors"
    verbose_name = "Second factors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have sign-ins with a password ask for a second factor."""
        from sso.second_factors import sign_ins  # noqa: PLC0415  # needs models
        from sso.sign_in.second_factors import SECOND_FACTORS  # noqa: PLC0415  # likewise

        SECOND_FACTORS.register(sign_ins.PersonalSecondFactors())
