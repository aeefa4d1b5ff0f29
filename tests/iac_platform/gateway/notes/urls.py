from __future__ import annotations

from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET
from rest_framework.routers import SimpleRouter

from tests.iac_platform.gateway.notes.views import NoteViewSet, plain

_router = SimpleRouter()
_router.register("notes", NoteViewSet, basename="note")

urlpatterns = [
    path("api/v1/", include(_router.urls)),
    path("api/plain/get/", csrf_exempt(require_GET(plain)), {"what": "get"}),
    path("api/plain/csrf/", csrf_protect(plain), {"what": "csrf"}),
    path("api/plain/<what>/", csrf_exempt(plain)),
    path("pages/<what>/", csrf_exempt(plain)),
    path("", include("iac_platform.gateway.urls")),
]
_PAGES = "iac_platform.gateway.problems.pages"
handler400 = f"{_PAGES}.bad_request"
handler403 = f"{_PAGES}.permission_denied"
handler404 = f"{_PAGES}.page_not_found"
handler500 = f"{_PAGES}.server_error"
