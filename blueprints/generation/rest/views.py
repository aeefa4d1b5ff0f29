"""Endpoints of the code that is generated from versions."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from blueprints import generation
from blueprints.catalog.permissions import GENERATE_BLUEPRINT
from blueprints.catalog.rest.views.versions import VersionPartViewSet
from blueprints.generation import selectors
from blueprints.generation.rest.serializers import CodeOutput
from iac_platform.gateway.actions import Cached, allow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request
DEFAULT_TARGET = "terraform"
_IN_QUERY = OpenApiParameter(
    "target",
    {"type": "string", "enum": list(generation.targets()), "default": DEFAULT_TARGET},
    OpenApiParameter.QUERY,
    description="The format of the code.",
)
_PARAMETERS = [
    _IN_QUERY,
    OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER),
    OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 304]),
]
_FILES = {"operation_id": "blueprints_versions_code_retrieve", "parameters": _PARAMETERS}
_ARCHIVE = {
    "operation_id": "blueprints_versions_code_archive_retrieve",
    "parameters": _PARAMETERS,
    "responses": {(200, "application/zip"): OpenApiTypes.BINARY},
}


class ZipRenderer(BaseRenderer):
    """An archive, which is made already."""

    media_type = "application/zip"
    format = "zip"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: bytes | None,
        accepted_media_type: str | None = None,  # noqa: ARG002  # DRF's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # likewise
    ) -> bytes:
        """The archive's bytes; none for an answer without a body."""
        return data or b""


class CodeViewSet(VersionPartViewSet):
    """Code generated from a version: the same bytes each time."""

    @allow(GENERATE_BLUEPRINT, cached=Cached.OBJECT, output=CodeOutput, schema=_FILES)
    def files(self, request: Request) -> Response:
        """The generated files with their contents."""
        version, target = self.get_object(), _target(request)
        shown = CodeOutput(selectors.described_code(version, target=target)).data
        return _tagged(shown, orjson.dumps(shown))

    @allow(GENERATE_BLUEPRINT, cached=Cached.OBJECT, renderer=ZipRenderer, schema=_ARCHIVE)
    def archive(self, request: Request) -> Response:
        """The generated files as a zip archive."""
        version, target = self.get_object(), _target(request)
        archive = generation.to_zip(selectors.code_of(version, target=target))
        response = _tagged(archive, archive)
        name = f"{_file_name(version.blueprint.name)}-v{version.number}-{target}.zip"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _target(request: Request) -> str:
    return request.query_params.get("target", DEFAULT_TARGET)


def _tagged(content: Any, written: bytes) -> Response:
    """An answer under the digest of its bytes."""
    tag = f'"{hashlib.sha256(written).hexdigest()[:32]}"'
    return Response(content, headers={"ETag": tag, "Cache-Control": "private, no-cache"})


def _file_name(name: str) -> str:
    """A blueprint's name as part of a file name on any system."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "blueprint"
