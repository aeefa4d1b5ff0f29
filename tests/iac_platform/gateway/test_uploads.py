"""Forms with files are bounded as other bodies are, and nothing of them comes to the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

if TYPE_CHECKING:
    import pytest
    from django.http import HttpRequest

_seen: list[object] = []


def _take(request: HttpRequest) -> HttpResponse:
    _seen.append(request.FILES["file"])
    return HttpResponse()


urlpatterns = [path("take/", _take)]


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[], FILE_UPLOAD_MAX_MEMORY_SIZE=100_000)
def test_a_large_form_is_refused_and_a_small_one_stays_in_memory(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.NamedTemporaryFile", None)
    assert client.post("/take/", {"file": _file(50_000)}).status_code == 200
    assert isinstance(_seen.pop(), InMemoryUploadedFile)
    assert client.post("/take/", {"file": _file(100_001)}).status_code == 400
    assert not _seen


def _file(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("f.bin", b"x" * size)
