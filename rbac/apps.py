from django.apps import AppConfig
from django.contrib.auth.signals import user_login_failed
from django.utils.module_loading import autodiscover_modules


class RbacConfig(AppConfig):
    """Users, roles, permissions, API tokens and the audit log of each tenant."""

    name = "rbac"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register who may do what, and who keeps the logs of it, with those who ask."""
        # These need models.
        from iac_platform.common import audit, denials  # noqa: PLC0415
        from iac_platform.common.access import ACCESS_POLICY  # noqa: PLC0415
        from iac_platform.gateway.credentials import CREDENTIAL  # noqa: PLC0415
        from iac_platform.gateway.response_cache import ACCESS_CHANGES_AT  # noqa: PLC0415
        from rbac import selectors, tokens  # noqa: PLC0415
        from rbac.access.ending import access_changes_at  # noqa: PLC0415
        from rbac.policy import RolePolicy  # noqa: PLC0415
        from rbac.services import audit_adoption, roles, support  # noqa: PLC0415
        from rbac.services.audit import record  # noqa: PLC0415
        from rbac.services.denials import record_denial, record_failed_sign_in  # noqa: PLC0415
        from tenants.archives.importing import AUDIT_LOG_ADOPTER, IMPORT_FINISHERS  # noqa: PLC0415
        from tenants.archives.policy import THIRD_PARTY_POLICIES  # noqa: PLC0415
        from tenants.models import EXPORTED  # noqa: PLC0415
        from tenants.operations.services import PRINCIPAL  # noqa: PLC0415
        from tenants.provisioning.services import TENANT_INITIALISERS  # noqa: PLC0415

        # Completes the registry by every app's ``permissions`` module.
        autodiscover_modules("permissions")
        user_login_failed.connect(record_failed_sign_in, dispatch_uid="rbac.denials")
        ACCESS_POLICY.register(RolePolicy())
        audit.RECORDER.register(record)
        denials.RECORDER.register(record_denial)
        CREDENTIAL.register(tokens.credential)
        ACCESS_CHANGES_AT.register(access_changes_at)
        PRINCIPAL.register(selectors.principal)
        TENANT_INITIALISERS.register("roles", roles.install_system_roles)
        IMPORT_FINISHERS.register("roles", roles.install_system_roles)
        IMPORT_FINISHERS.register("support", support.end_all)
        AUDIT_LOG_ADOPTER.register(audit_adoption.adopt_imported_log)
        # Of what rbac.migrations adopts.
        THIRD_PARTY_POLICIES.register("admin.logentry", EXPORTED)
