from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out


class SignInConfig(AppConfig):
    """Signing in and out, and the sessions in between."""

    name = "sso.sign_in"
    label = "sign_in"
    verbose_name = "Signing in"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Record every sign-in and sign-out, whatever way it came; end the sessions of others."""
        # These need models.
        from rbac.services.invitations import PASSWORD_RULE  # noqa: PLC0415
        from rbac.services.users import SESSION_ENDER  # noqa: PLC0415
        from sso.sign_in.services import events, policies, sessions  # noqa: PLC0415

        user_logged_in.connect(events.record_sign_in, dispatch_uid="sign_in.record_sign_in")
        user_logged_out.connect(events.record_sign_out, dispatch_uid="sign_in.record_sign_out")
        SESSION_ENDER.register(sessions.end_sessions)
        PASSWORD_RULE.register(policies.require_password_sign_in)
