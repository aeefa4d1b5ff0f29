"""The API's description and its page, served from here alone: no script of anybody else's."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson
from django.http import HttpResponse, HttpResponseNotModified
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import spectacular_settings

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{assets}favicon-32x32.png">
<link rel="stylesheet" href="{assets}swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-schema="{schema}"></div>
<script src="{assets}swagger-ui-bundle.js"></script>
<script src="{start}"></script>
</body>
</html>
"""
_START = """"use strict";
const page = document.getElementById("swagger-ui");
window.ui = SwaggerUIBundle({
  url: page.dataset.schema,
  domNode: page,
  presets: [SwaggerUIBundle.presets.apis],
  deepLinking: true,
  docExpansion: "list",
  persistAuthorization: false,
  validatorUrl: null,
});
"""


@require_safe
def schema(request: HttpRequest) -> HttpResponseBase:
    """The API in OpenAPI 3.1, as JSON; generated once per process."""
    document, tag = _generated()
    headers = {"ETag": tag, "Cache-Control": "public, max-age=300"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(document, content_type="application/json", headers=headers)


@require_safe
def page(_: HttpRequest) -> HttpResponse:
    """The description as a page to read and to try requests from."""
    html = format_html(
        _PAGE,
        title=spectacular_settings.TITLE,
        assets=static("drf_spectacular_sidecar/swagger-ui-dist/"),
        schema=reverse("api-schema"),
        start=reverse("api-docs-start"),
    )
    return HttpResponse(html, headers={"Cache-Control": "no-cache"})


@require_safe
def start(_: HttpRequest) -> HttpResponse:
    """The page's own script, apart from it so that the policy can forbid inline ones."""
    return HttpResponse(
        _START, content_type="text/javascript", headers={"Cache-Control": "public, max-age=300"}
    )


@lru_cache(maxsize=1)
def _generated() -> tuple[bytes, str]:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # drf-spectacular's
    document = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # likewise
    content = orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS)
    return content, f'"{hashlib.sha256(content).hexdigest()[:24]}"'
