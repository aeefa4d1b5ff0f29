"""E-mail that was sent to a tenant's people, over the API."""

from __future__ import annotations

from typing import ClassVar

from django_filters import rest_framework as filters
from rest_framework import serializers

from iac_platform.gateway.actions import reads
from iac_platform.gateway.viewsets import ResourceViewSet
from sso.emails.models import Email
from sso.emails.permissions import VIEW_EMAIL


class EmailOutput(serializers.ModelSerializer[Email]):
    """An e-mail; nothing of its text."""

    class Meta:
        model = Email
        fields: ClassVar = [
            *("id", "recipient", "subject", "status", "attempts", "failure"),
            *("created_at", "sent_at"),
        ]


class EmailFilter(filters.FilterSet):
    """E-mail to one address, or in one state."""

    recipient = filters.CharFilter(field_name="recipient", lookup_expr="iexact", max_length=254)

    class Meta:
        model = Email
        fields: ClassVar = ["recipient", "status"]


class EmailViewSet(ResourceViewSet[Email]):
    """E-mail of the last 30 days, newest first."""

    queryset = Email.objects.defer("text")
    output_serializer = EmailOutput
    filterset_class = EmailFilter
    list, retrieve = reads(VIEW_EMAIL)
