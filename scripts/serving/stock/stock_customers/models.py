"""Tenants and their domains, as django-tenants' documentation declares them."""

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Client(TenantMixin):  # type: ignore[misc]  # published without types
    """A tenant; saving it makes its schema."""

    name = models.CharField(max_length=100)
    auto_create_schema = True


class Domain(DomainMixin):  # type: ignore[misc]  # likewise
    """Where a tenant is reached."""
