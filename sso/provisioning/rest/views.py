"""Endpoints of provider mappings."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from iac_platform.gateway.actions import creates, deletes, reads, updates
from iac_platform.gateway.serializers import InputSerializer, ListField
from iac_platform.gateway.viewsets import ResourceViewSet
from sso.provisioning.models import MAX_ATTRIBUTE_NAME, ProviderKind, ProviderMapping, RoleSync
from sso.provisioning.permissions import UPDATE_PROVIDER_MAPPING, VIEW_PROVIDER_MAPPING
from sso.provisioning.services import mappings


class ProviderMappingOutput(serializers.ModelSerializer[ProviderMapping]):
    """How an identity provider's attributes and groups map to users, roles and teams."""

    author = serializers.UUIDField(source="author_id", allow_null=True)
    group_roles = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField()),
        help_text="A group with the key of a role, or with the id of a team.",
    )

    class Meta:
        model = ProviderMapping
        fields: ClassVar = [
            *("id", "provider_kind", "provider_id", "username_attribute", "email_attribute"),
            *("full_name_attribute", "groups_attribute", "creates_users", "updates_users"),
            *("role_sync", "group_roles", "requires_group", "author", "revision"),
            *("created_at", "updated_at"),
        ]


def _attribute(help_text: str) -> serializers.CharField:
    return serializers.CharField(
        max_length=MAX_ATTRIBUTE_NAME, default="", allow_blank=True, help_text=help_text
    )


class GroupInput(InputSerializer):
    """What a group of the provider gives: a role, or being in a team."""

    example: ClassVar = {"group": "Engineers", "role": "system-engineer"}
    group = serializers.CharField(max_length=mappings.LONGEST_GROUP)
    role = serializers.CharField(max_length=100, required=False, help_text="Its key.")
    team = serializers.CharField(max_length=36, required=False, help_text="Its id.")


class ProviderMappingChange(InputSerializer):
    """What can be changed of a mapping; what a PATCH leaves out stays."""

    example: ClassVar = {
        "groups_attribute": "groups",
        "role_sync": "exact",
        "group_roles": [{"group": "Engineers", "role": "system-engineer"}],
    }
    username_attribute = _attribute("Empty for the subject (of SAML, the NameID).")
    email_attribute = _attribute("Empty for none.")
    full_name_attribute = _attribute("Empty for none.")
    groups_attribute = _attribute("Empty for none.")
    creates_users = serializers.BooleanField(default=True)
    updates_users = serializers.BooleanField(default=True)
    role_sync = serializers.ChoiceField(choices=RoleSync.choices, default=RoleSync.OFF)
    group_roles = ListField(
        child=GroupInput(),
        default=list,
        max_length=mappings.MOST_GROUPS,
        help_text="A group with the key of a role, or with the id of a team.",
    )
    requires_group = serializers.BooleanField(
        default=False, help_text="Whether only people in one of these groups may sign on."
    )


class ProviderMappingInput(ProviderMappingChange):
    """A mapping of a provider that has none."""

    example: ClassVar = {
        "provider_kind": "saml",
        "provider_id": "00000000-0000-4000-8000-000000000000",
        **ProviderMappingChange.example,
    }
    provider_kind = serializers.ChoiceField(choices=ProviderKind.choices)
    provider_id = serializers.UUIDField(help_text="Of its configuration.")


class ProviderMappingViewSet(ResourceViewSet[ProviderMapping]):
    """Provider mappings: how attributes and groups map to users, roles and teams."""

    model = ProviderMapping
    output_serializer = ProviderMappingOutput
    requires_if_match = True
    list, retrieve = reads(VIEW_PROVIDER_MAPPING)
    create = creates(UPDATE_PROVIDER_MAPPING, mappings.create_mapping, ProviderMappingInput)
    partial_update = updates(
        UPDATE_PROVIDER_MAPPING, mappings.update_mapping, ProviderMappingChange
    )
    destroy = deletes(UPDATE_PROVIDER_MAPPING, mappings.delete_mapping)
