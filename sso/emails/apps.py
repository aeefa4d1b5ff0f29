from django.apps import AppConfig


class EmailsConfig(AppConfig):
    """E-mail to a tenant's people."""

    name = "sso.emails"
    label = "emails"
    verbose_name = "E-mail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Send invitations, and notices of what the audit log says about people's accounts."""
        # These need models.
        from rbac.services.audit import LISTENERS  # noqa: PLC0415
        from rbac.services.invitations import SENDERS  # noqa: PLC0415
        from sso.emails.services import invitations, notices  # noqa: PLC0415
        from sso.sign_in.devices import NEW_DEVICE_LISTENERS  # noqa: PLC0415

        LISTENERS.register("emails", notices.notify_of_entry)
        SENDERS.register("emails", invitations.send_invitation)
        NEW_DEVICE_LISTENERS.register("emails", notices.notify_of_device)
