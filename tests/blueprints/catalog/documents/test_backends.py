"""Where the state is kept: places, never what signs in to them."""

from __future__ import annotations

import pytest

from blueprints.catalog.documents import diff, validate
from blueprints.catalog.documents.backends import SETTINGS

from .builders import Json, document, part, places

S3: Json = {"bucket": "acme-states", "key": "shop.tfstate", "region": "eu-west-1"}


def kept(**backend: Json) -> Json:
    return document(part("jobs", "queue"), backend=backend)


@pytest.mark.parametrize(
    ("backend", "pointer", "code"),
    [
        ({"s3": {"bucket": 1}}, "/backend/s3/bucket", "wrong-type"),
        ({"s3": {"access_key": "AKIA"}}, "/backend/s3/access_key", "unknown-property"),
        ({"s3": {"secret_key": "x"}}, "/backend/s3/secret_key", "unknown-property"),
        ({"s3": {"token": "x"}}, "/backend/s3/token", "unknown-property"),
        ({"http": {"password": "x"}}, "/backend/http/password", "unknown-property"),
        ({"remote": {"token": "x"}}, "/backend/remote/token", "unknown-property"),
        ({"azurerm": {"access_key": "x"}}, "/backend/azurerm/access_key", "unknown-property"),
        ({"gcs": {"credentials": "x"}}, "/backend/gcs/credentials", "unknown-property"),
        ({"pg": {"conn_str": "postgres://"}}, "/backend/pg", "unknown-property"),
        ({"s3": {"bucket": "x" * 1025}}, "/backend/s3/bucket", "too-long"),
        ({"s3": {"bucket": "Acme_States"}}, "/backend/s3/bucket", "wrong-form"),
        ({"s3": {"bucket": "s3://acme-states"}}, "/backend/s3/bucket", "wrong-form"),
        ({"gcs": {"bucket": "Acme"}}, "/backend/gcs/bucket", "wrong-form"),
        ({"azurerm": {"container_name": "a--b"}}, "/backend/azurerm/container_name", "wrong-form"),
        ({"azurerm": {"container_name": "-ab"}}, "/backend/azurerm/container_name", "wrong-form"),
        ({"azurerm": {"container_name": "ab-"}}, "/backend/azurerm/container_name", "wrong-form"),
        ({"azurerm": {"container_name": "ab"}}, "/backend/azurerm/container_name", "too-short"),
        (
            {"azurerm": {"container_name": "a-" * 31 + "ab"}},
            "/backend/azurerm/container_name",
            "too-long",
        ),
        (
            {"azurerm": {"storage_account_name": "acme-states"}},
            "/backend/azurerm/storage_account_name",
            "wrong-form",
        ),
        ({"s3": {"key": "a\nb"}}, "/backend/s3/key", "wrong-form"),
        ({"s3": {"key": "/a"}}, "/backend/s3/key", "wrong-form"),
        ({"s3": {"key": "a/"}}, "/backend/s3/key", "wrong-form"),
        ({"s3": {"key": "a//b"}}, "/backend/s3/key", "wrong-form"),
        ({"s3": {"region": "eu-west-9"}}, "/backend/s3/region", "unknown-option"),
        ({"s3": {"key": {"var": "x"}}}, "/backend/s3/key", "wrong-type"),
        ({"http": {"address": "http://x.example/"}}, "/backend/http/address", "wrong-form"),
        ({"http": {"address": "https://u:p@x.example/"}}, "/backend/http/address", "wrong-form"),
        ({"http": {"address": "https://x.example/?t=1"}}, "/backend/http/address", "wrong-form"),
        ({"http": {"update_method": "GET"}}, "/backend/http/update_method", "unknown-option"),
        ({}, "/backend", "too-few"),
        ({"s3": {}, "gcs": {}}, "/backend", "too-many"),
    ],
)
def test_what_no_backend_takes_is_refused_at_its_place(
    backend: Json, pointer: str, code: str
) -> None:
    assert places(kept(**backend)) == [(pointer, code)]


@pytest.mark.parametrize(
    "backend",
    [
        {"gcs": {"bucket": "acme.states_of-all"}},
        {"s3": {"key": "net/a b.tfstate", "region": "cn-north-1"}},
        {"azurerm": {"container_name": "tf-states", "storage_account_name": "acmestates1"}},
        {"azurerm": {"container_name": "$root"}},
        {"azurerm": {"container_name": "a-b"}},
        {"azurerm": {"container_name": "a-" * 31 + "a"}},
    ],
)
def test_names_that_clouds_allow_are_taken(backend: Json) -> None:
    assert places(kept(**backend)) == []


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_may_be_left_out(name: str) -> None:
    found = validate(kept(**{name: {}})).backend
    assert found is not None
    assert (found.name, dict(found.settings)) == (name, {})


def test_a_document_need_not_say_it() -> None:
    assert validate(document(part("jobs", "queue"))).backend is None


def test_another_place_is_a_difference() -> None:
    (change,) = diff(kept(s3=S3), kept(s3={**S3, "key": "other"}))
    assert (change.pointer, change.old, change.new) == (
        "/backend/s3/key",
        "shop.tfstate",
        "other",
    )
    (added,) = diff(document(part("jobs", "queue")), kept(s3=S3))
    assert (added.kind, added.pointer) == ("added", "/backend/s3")
