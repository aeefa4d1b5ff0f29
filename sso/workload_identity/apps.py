from django.apps import AppConfig


class WorkloadIdentityConfig(AppConfig):
    """Workload identities. It loads no JOSE library: the first exchange does."""

    name = "sso.workload_identity"
    label = "workload_identity"
    verbose_name = "Workload identities"
    default_auto_field = "django.db.models.BigAutoField"
