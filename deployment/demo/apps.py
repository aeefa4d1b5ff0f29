from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Adds ``manage.py seed_demo``."""

    name = "deployment.demo"
    label = "demo"
    verbose_name = "Demo"
