"""Endpoints of the tags that everything gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog import selectors
from blueprints.catalog.models import DefaultTags
from blueprints.catalog.permissions import UPDATE_DEFAULT_TAGS, VIEW_DEFAULT_TAGS
from blueprints.catalog.rest.serializers import DefaultTagsInput, DefaultTagsOutput
from blueprints.catalog.services.default_tags import set_default_tags
from iac_platform.gateway.actions import allow
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.viewsets import ResourceViewSet

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class DefaultTagsViewSet(ResourceViewSet[DefaultTags]):
    """Tags of everything that new versions of blueprints describe."""

    model = DefaultTags
    output_serializer = DefaultTagsOutput
    requires_if_match = True  # there is one row for everybody

    @allow(VIEW_DEFAULT_TAGS, schema={"operation_id": "default_tags_show"})
    def show(self, _: Request) -> Response:
        """The tags that everything gets."""
        return self.present(selectors.default_tags())

    @allow(UPDATE_DEFAULT_TAGS, body=DefaultTagsInput)
    def update(self, request: Request) -> Response:
        """Choose the tags, in place of all others; versions that are there keep theirs."""
        seen = selectors.default_tags()
        self.require_seen(seen)
        tags = self.parse(DefaultTagsInput)["tags"]
        revision = self.seen_revision(seen)
        return self.present(set_default_tags(tags, actor=actor_of(request), revision=revision))
