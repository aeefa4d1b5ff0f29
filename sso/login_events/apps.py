from django.apps import AppConfig


class LoginEventsConfig(AppConfig):
    """What came of each sign-on through an identity provider."""

    name = "sso.login_events"
    label = "login_events"
    verbose_name = "Login log"
    default_auto_field = "django.db.models.BigAutoField"
