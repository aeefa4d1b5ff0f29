"""Secrets in stores: where they are, by each store's own alphabet, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import StoredSecret, diff, validate
from blueprints.catalog.documents.stores import STORES

from .builders import Json, document, network_with_subnets, part, places, ref, var

ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop-AbCdEf"
REGIONS = {"aws": "us-east-1", "azure": "westeurope", "google": "europe-west1"}
SOUND: dict[str, Json] = {
    "secrets_manager": {"id": "shop/db"},
    "ssm_parameter": {"name": "/shop/db"},
    "key_vault": {"vault": "shop-vault", "name": "db"},
    "secret_manager": {"name": "db"},
    "vault": {"mount": "secret", "path": "shop/db", "key": "password"},
}


def stored(cloud: str = "aws", /, **source: Any) -> Json:
    variable = {"type": "string", "secret": True, "from": source}
    token = part("token", "secret", value=var("token"))
    return {
        **document(token, variables={"token": variable}),
        "cloud": cloud,
        "region": REGIONS[cloud],
    }


@pytest.mark.parametrize("name", STORES)
def test_each_cloud_reads_its_own_stores_and_vault(name: str) -> None:
    for cloud in REGIONS:
        found = places(stored(cloud, **{name: SOUND[name]}))
        fits = cloud in STORES[name].clouds
        assert found == ([] if fits else [(f"/variables/token/from/{name}", "wrong-store")])


@pytest.mark.parametrize(
    ("store", "settings"),
    [
        ("secrets_manager", {"id": ARN, "key": "password", "revision": 2}),
        ("secrets_manager", {"id": "a/b_c+d=e.f@g-h"}),
        ("ssm_parameter", {"name": "plain"}),
        (
            "ssm_parameter",
            {"name": "arn:aws:ssm:us-east-1:111122223333:parameter/shop/db"},
        ),
        ("vault", {"mount": "kv/team", "path": "a/b.c/d", "key": "e-f"}),
    ],
)
def test_places_are_taken(store: str, settings: Json) -> None:
    assert places(stored(**{store: settings})) == []


@pytest.mark.parametrize(
    ("store", "settings", "pointer", "code"),
    [
        ("secrets_manager", {}, "", "missing-property"),
        ("secrets_manager", {"id": "a b"}, "/id", "wrong-form"),
        ("secrets_manager", {"id": "${x}"}, "/id", "wrong-form"),
        ("secrets_manager", {"id": ""}, "/id", "too-short"),
        ("secrets_manager", {"id": "x" * 641}, "/id", "too-long"),
        ("secrets_manager", {"id": var("x")}, "/id", "wrong-type"),
        ("secrets_manager", {"id": "a", "value": "hunter2"}, "/value", "unknown-property"),
        ("secrets_manager", {"id": "a", "revision": 0}, "/revision", "too-small"),
        ("secrets_manager", {"id": "a", "key": 'a"]'}, "/key", "wrong-form"),
        ("secrets_manager", {"id": ARN.replace(":aws:", ":aws-cn:")}, "/id", "wrong-value"),
        ("secrets_manager", {"id": ARN.replace("secretsmanager", "ssm")}, "/id", "wrong-form"),
        ("ssm_parameter", {"name": "//shop"}, "/name", "wrong-form"),
        ("ssm_parameter", {"name": "/shop/"}, "/name", "wrong-form"),
        ("ssm_parameter", {"name": "a b"}, "/name", "wrong-form"),
        (
            "ssm_parameter",
            {"name": "arn:aws-cn:ssm:cn-north-1:111122223333:parameter/x"},
            "/name",
            "wrong-value",
        ),
        ("vault", {"mount": "secret", "path": "shop"}, "", "missing-property"),
        ("vault", {"mount": "secret", "path": "../sys", "key": "a"}, "/path", "wrong-form"),
        ("vault", {"mount": "/secret", "path": "a", "key": "a"}, "/mount", "wrong-form"),
        ("vault", {"mount": "a", "path": "a", "key": "a", "token": "s"}, "/token", None),
    ],
)
def test_what_is_no_place_is_refused_where_it_stands(
    store: str, settings: Json, pointer: str, code: str | None
) -> None:
    wanted = (f"/variables/token/from/{store}{pointer}", code or "unknown-property")
    assert wanted in places(stored(**{store: settings}))


@pytest.mark.parametrize(
    ("store", "settings", "pointer"),
    [
        ("key_vault", {"vault": "9xyz", "name": "a"}, "/vault"),
        ("key_vault", {"vault": "a--b", "name": "a"}, "/vault"),
        ("key_vault", {"vault": "abc", "name": "a_b"}, "/name"),
        ("secret_manager", {"name": "a/b"}, "/name"),
        ("secret_manager", {"name": "a", "project": "UPPER-case"}, "/project"),
    ],
)
def test_names_of_other_clouds_have_alphabets_too(store: str, settings: Json, pointer: str) -> None:
    (cloud,) = STORES[store].clouds
    found = places(stored(cloud, **{store: settings}))
    assert (f"/variables/token/from/{store}{pointer}", "wrong-form") in found


def test_only_a_secret_comes_from_a_store() -> None:
    candidate = stored(vault=SOUND["vault"])
    del candidate["variables"]["token"]["secret"]
    assert ("/variables/token/from", "not-a-secret") in places(candidate)
    candidate["variables"]["token"] |= {"secret": True, "default": "x"}
    assert ("/variables/token/default", "literal-secret") in places(candidate)


@pytest.mark.parametrize(
    "rule", [{"pattern": "^a$"}, {"min_length": 1}, {"max_length": 9}, {"nullable": True}]
)
def test_nobody_gives_it_so_no_rule_holds_it(rule: Json) -> None:
    candidate = stored(vault=SOUND["vault"])
    candidate["variables"]["token"] |= rule
    assert (f"/variables/token/{next(iter(rule))}", "contradiction") in places(candidate)
    assert validate(stored(vault=SOUND["vault"])).variables["token"].is_required is False


def test_one_store_is_named() -> None:
    assert ("/variables/token/from", "too-few") in places(stored())
    both = {name: SOUND[name] for name in ("vault", "ssm_parameter")}
    assert ("/variables/token/from", "too-many") in places(stored(**both))


def test_it_fits_only_where_secrets_do() -> None:
    candidate = stored(vault=SOUND["vault"])
    candidate["components"].append(part("q", "queue", delay_seconds=var("token")))
    assert ("/components/1/properties/delay_seconds/var", "secret-exposed") in places(candidate)
    database = {"engine": "postgres", "subnets": [ref("main-a"), ref("main-b")]}
    fine = stored(vault=SOUND["vault"])
    fine["components"] += [
        *network_with_subnets(),
        part("db", "database", **database, password=var("token")),
    ]
    found = validate(fine).variables["token"].stored
    assert found == StoredSecret("vault", SOUND["vault"])


FUNCTION = {
    "runtime": "python3.13",
    "handler": "a.b",
    "source": {"bucket": ref("box"), "key": "a.zip"},
}
SERVER: Json = {"engine": "postgres", "subnets": [ref("main-a"), ref("main-b")]}
CACHE: Json = {"engine": "redis", "subnets": [ref("main-a"), ref("main-b")]}
EXISTING: Json = {"id": "old", "type": "secret", "existing": {"name": "shop/old"}}


def raw(resource: str, **arguments: Any) -> Json:
    return part("it", "raw", resource=resource, arguments=arguments)


@pytest.mark.parametrize(
    ("component", "pointer"),
    [
        (part("it", "function", **FUNCTION, environment={"AB": var("token")}), "environment/AB"),
        (part("it", "cache", **CACHE, auth_token=var("token")), "auth_token"),
        (part("it", "database", **SERVER, password=ref("old")), "password"),
        (part("it", "cache", **CACHE, auth_token=ref("old")), "auth_token"),
        (part("it", "database", **SERVER, password=var("token")), ""),
        (raw("aws_db_instance", instance_class="a", password_wo=var("token")), ""),
        (raw("aws_db_instance", instance_class="a", password=var("token")), ""),
        (raw("aws_db_instance", instance_class="a", password={"join": [var("token")]}), ""),
        (raw("aws_sqs_queue", name={"join": [var("token")]}), "arguments/name/join/0"),
        (
            raw("aws_db_instance", instance_class="a", password_wo={"join": ["a", var("token")]}),
            "arguments/password_wo/join/1",
        ),
        (raw("aws_sqs_queue", name=var("token")), "arguments/name"),
    ],
)
def test_who_has_a_secret_kept_in_the_state_is_told(component: Json, pointer: str) -> None:
    candidate = stored(vault=SOUND["vault"])
    candidate["components"] += [
        component,
        EXISTING,
        part("box", "object_storage"),
        *network_with_subnets(),
    ]
    found = [each.pointer for each in validate(candidate).warnings if each.code == "kept-in-state"]
    assert found == ([f"/components/1/properties/{pointer}"] if pointer else [])


def test_another_place_is_a_difference() -> None:
    old, new = (stored(vault=SOUND["vault"] | {"revision": number}) for number in (1, 2))
    (change,) = diff(old, new)
    assert (change.subject, change.pointer) == ("variable", "/from/vault/revision")
