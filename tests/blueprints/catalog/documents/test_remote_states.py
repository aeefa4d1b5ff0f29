"""Outputs of other blueprints: what may be known of them, and whether their states are found."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import (
    InvalidDocument,
    NamedVersion,
    diff,
    needed_of,
    schema,
    succession_warnings,
    validate,
)
from blueprints.catalog.documents.limits import MAX_REMOTE_STATES

from .builders import Json, changed, document, only_problem, part, places, ref, var

NET = "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"
KEY = f"{NET}@3"
AT = "/components/0/properties"
KEPT: Json = {"s3": {"bucket": "acme-states", "key": "net.tfstate", "region": "eu-west-1"}}
THERE = document(
    part("main", "network", cidr="10.0.0.0/16"),
    part("jobs", "queue"),
    part("many", "queue") | {"count": 2},
    variables={"size": {"type": "number", "default": 3, "description": "How many."}},
    outputs={"network": ref("main.id"), "url": ref("jobs.url"), "urls": ref("many.url"),
             "size": var("size"), "text": {"join": ["a-", var("size")]},
             "zones": {"cloud": "zones"}},
    backend=KEPT,
)  # fmt: skip


def published_by(there: Json) -> Any:
    return needed_of(NamedVersion("remote_state", NET, 3), there)


def reading(component_id: str = "net", **properties: Any) -> Json:
    return part(component_id, "remote_state", blueprint=NET, version=3, **properties)


def hosting(*components: Json, there: Json = THERE, **members: Any) -> Json:
    return document(*components, remote_states={KEY: published_by(there)}, **members)


def test_a_version_tells_its_outputs_and_where_its_state_is() -> None:
    published = published_by(THERE)
    assert published["backend"] == KEPT
    assert {name: said["type"] for name, said in published["outputs"].items()} == {
        "network": "string", "url": "string", "urls": "list", "size": "number", "text": "string",
        "zones": "list"}  # fmt: skip
    assert published["outputs"]["size"]["description"] == "How many."
    assert all("secret" not in said for said in published["outputs"].values())
    assert published_by(document(part("a", "queue"))) == {"outputs": {}}


def test_a_module_is_needed_whole_and_an_invalid_version_is_not_there() -> None:
    assert needed_of(NamedVersion("module", NET, 3), THERE) is THERE
    broken = changed(THERE, "components", 0, "properties", "cidr", to="nonsense")
    assert published_by(broken) is None
    assert published_by(THERE) is not None


def test_outputs_are_attributes() -> None:
    taken = part("q", "queue", delay_seconds=ref("net.size"), name=None)
    del taken["properties"]["name"]
    shared = {"id": "shared", "type": "network", "existing": {"id": ref("net.network")}}
    outputs = {"url": ref("net.url"), "zones": ref("net.zones"), "urls": ref("net.urls")}
    assert places(hosting(reading(), taken, shared, outputs=outputs)) == []
    wrong = part("q", "queue", delay_seconds=ref("net.url"))
    assert places(hosting(reading(), wrong)) == [
        ("/components/1/properties/delay_seconds/ref", "type-mismatch")
    ]
    assert places(hosting(reading(), outputs={"x": ref("net.arn")})) == [
        ("/outputs/x/ref", "unknown-attribute")
    ]


STORED: Json = {"type": "string", "secret": True}
PARAMETER: Json = {"name": "/pin", "type": "SecureString"}


def kept(name: str, value: Any) -> Json:
    return part(name, "raw", resource="aws_ssm_parameter",
                arguments={**PARAMETER, "value": value})  # fmt: skip


def topic(name: str, shown: Any) -> Json:
    return part(name, "raw", resource="aws_sns_topic", arguments={"display_name": shown})


def module(there: Json, **inputs: Any) -> Json:
    return document(part("in", "module", blueprint=NET, version=1, inputs=inputs),
                    modules={f"{NET}@1": there}, backend=KEPT, variables={"pin": STORED},
                    outputs={"x": ref("in.x")})  # fmt: skip


INNER = document(kept("a", var("pin")), part("b", "queue"), variables={"pin": STORED})
PLAIN = document(topic("a", var("text")), variables={"text": {"type": "string"}},
                 outputs={"x": ref("a.arn")})  # fmt: skip


@pytest.mark.parametrize(
    ("there", "is_secret"),
    [
        (document(kept("a", var("pin")), variables={"pin": STORED},
                  outputs={"x": ref("a.arn")}, backend=KEPT), True),
        (document(topic("a", "plain"), outputs={"x": ref("a.arn")}, backend=KEPT), False),
        (document(kept("a", var("pin")), topic("b", ref("a.arn")), topic("c", {"join": [
            "x-", ref("b.arn")]}), variables={"pin": STORED},
            outputs={"x": {"join": ["y", ref("c.arn")]}}, backend=KEPT), True),
        (document(part("a", "secret", value=var("pin")), variables={"pin": STORED},
                  outputs={"x": ref("a.arn")}, backend=KEPT), False),
        (document(part("a", "secret", generate={}), kept("b", ref("a.arn")),
                  outputs={"x": ref("b.arn")}, backend=KEPT), False),
        (document(kept("a", var("pin")), part("b", "object_storage", bucket=ref("a.arn")),
                  variables={"pin": STORED}, outputs={"x": ref("b.arn")}, backend=KEPT), True),
        (document(topic("a", "plain"), part("b", "object_storage", bucket=ref("a.arn")),
                  outputs={"x": ref("b.arn")}, backend=KEPT), False),
        (module(INNER | {"outputs": {"x": ref("a.arn")}}, pin=var("pin")), True),
        (module(INNER | {"outputs": {"x": ref("b.arn")}}, pin=var("pin")), False),
        (module(PLAIN, text="plain"), False),
    ],
)  # fmt: skip
def test_what_shows_a_secret_is_not_read(there: Json, is_secret: bool) -> None:
    """Terraform forgets that an output is sensitive once another state has read it."""
    assert published_by(there)["outputs"]["x"].get("secret", False) is is_secret
    user = part("q", "queue") | {"tags": {}}
    found = places(hosting(reading(), user, there=there, outputs={"y": ref("net.x")}))
    assert found == [("/outputs/y/ref", "secret-exposed")] * is_secret
    password = part("s", "secret", value=ref("net.x"))
    assert places(hosting(reading(), password, there=there)) != []


def test_a_module_that_is_given_what_shows_a_secret_shows_it() -> None:
    leaking = module(PLAIN, text=ref("a.arn"))
    leaking["components"].append(kept("a", var("pin")))
    assert published_by(leaking)["outputs"]["x"]["secret"]


@pytest.mark.parametrize(
    ("backend", "settings", "place"),
    [
        (KEPT, {}, ""),
        ({"s3": {"bucket": "states", "region": "eu-west-1"}}, {"key": "net"}, ""),
        ({"s3": {"bucket": "states", "region": "eu-west-1"}}, {}, "settings"),
        ({"s3": {}}, {"bucket": "states", "key": var("stage"), "region": {"cloud": "region"}}, ""),
        ({"gcs": {"bucket": "states"}}, {"prefix": {"join": ["net/", var("stage")]}}, ""),
        ({"gcs": {"bucket": "states"}}, {"key": "net"}, "settings/key"),
        ({"gcs": {}}, {"prefix": "net"}, "settings"),
        ({"http": {"address": "https://state.example"}}, {}, ""),
        ({"http": {}}, {"address": "https://me:secret@state.example"}, "settings/address"),
        ({"http": {}}, {"address": "http://state.example"}, "settings/address"),
        ({"remote": {"organization": "acme", "workspace": "net"}}, {}, ""),
        ({"remote": {"organization": "acme"}}, {"organization": "other"}, "settings"),
        (
            {
                "azurerm": {
                    "container_name": "states",
                    "key": "k",
                    "storage_account_name": "acmestates",
                }
            },
            {},
            "",
        ),
        ({"azurerm": {"container_name": "states", "key": "k"}}, {}, "settings"),
        (KEPT, {"encrypt": "x"}, "settings/encrypt"),
        (KEPT, {"region": "nowhere"}, "settings/region"),
        (KEPT, {"bucket": "A B"}, "settings/bucket"),
        (KEPT, {"key": "/net"}, "settings/key"),
        (KEPT, {"key": var("wrong")}, "settings/key/var"),
        (KEPT, {"key": var("pin")}, "settings/key/var"),
        (KEPT, {"key": var("none")}, "settings/key/var"),
        (KEPT, {"key": ref("net.url")}, "settings/key/ref"),
    ],
)
def test_a_state_is_found_or_refused(backend: Json, settings: Json, place: str) -> None:
    wrong = {"type": "string", "default": "/net"}
    variables: Json = {"stage": {"type": "string"}, "pin": STORED, "wrong": wrong}
    used = hosting(reading(settings=settings), there=THERE | {"backend": backend},
                   variables=variables)  # fmt: skip
    found = [at for at, code in places(used) if code != "unused-variable"]
    assert found == ([f"{AT}/{place}"] if place else [])


def test_settings_that_are_not_there_are_missed_where_they_belong() -> None:
    there = THERE | {"backend": {"s3": {"bucket": "states", "region": "eu-west-1"}}}
    assert places(hosting(reading(), there=there)) == [(AT, "missing-property")]


def test_a_workspace_is_one_of_backends_that_have_some() -> None:
    stage: Json = {"stage": {"type": "string"}}
    assert places(hosting(reading(workspace=var("stage")), variables=stage)) == []
    remote = THERE | {"backend": {"remote": {"organization": "acme"}}}
    named = hosting(reading(workspace=var("stage")), there=remote, variables=stage)
    assert places(named) == []
    there = THERE | {"backend": {"http": {"address": "https://state.example"}}}
    assert places(hosting(reading(workspace="x"), there=there)) == [
        (f"{AT}/workspace", "unknown-property")
    ]


def test_a_version_without_a_backend_is_not_read() -> None:
    there = {name: each for name, each in THERE.items() if name != "backend"}
    problem = only_problem(hosting(reading(), there=there))
    assert (problem.pointer, problem.code) == (f"{AT}/version", "missing-backend")
    assert places(hosting(reading())) == []


@pytest.mark.parametrize(
    "carried",
    [{}, {f"{NET}@4": published_by(THERE)}, {NET: published_by(THERE)}, {KEY: 1}, {KEY: {}}],
)
def test_what_is_not_carried_is_not_there(carried: Json) -> None:
    found = places(document(reading(), remote_states=carried))
    assert (f"{AT}/blueprint", "unknown-blueprint") in found


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"tags": {"a": "b"}}, "tags"),
        ({"overrides": {"aws": {"aws_sqs_queue": {"delay_seconds": 1}}}}, "overrides"),
        ({"lifecycle": {"prevent_destroy": True}}, "lifecycle"),
        ({"moved_from": ["old"]}, "moved_from"),
        ({"provider": "far"}, "provider"),
        ({"for_each": ["a"]}, "for_each"),
        ({"existing": {"name": "x"}}, "existing"),
    ],
)
def test_what_only_reads_takes_no_more(members: Json, place: str) -> None:
    far = {"far": {"region": "eu-west-1"}}
    found = [at for at, _ in places(hosting(reading() | members, providers=far))]
    assert f"/components/0/{place}" in found


def test_it_waits_for_others_and_has_nothing_else_to_do_with_them() -> None:
    for kind, wanted in (("depends_on", []), ("reads_from", [("/relations/0/type",
                                                              "wrong-relation")])):  # fmt: skip
        related = [{"from": "net", "to": "q", "type": kind}]
        assert places(hosting(reading(), part("q", "queue"), relations=related)) == wanted


def test_it_makes_nothing_that_could_be_destroyed() -> None:
    old = hosting(reading(), part("q", "queue"))
    for new in (hosting(reading("other"), part("q", "queue")), hosting(part("q", "queue"))):
        assert succession_warnings(old, new) == []
    (warning,) = succession_warnings(old, hosting(reading(), part("r", "queue")))
    assert (warning.pointer, warning.code) == ("/components/1/id", "component-renamed")


def test_the_diff_shows_the_version_and_not_what_is_carried() -> None:
    old, new = hosting(reading()), document(reading() | {}, remote_states={})
    new["components"][0]["properties"]["version"] = 4
    assert [(each.pointer, each.old, each.new) for each in diff(old, new)] == [
        ("/properties/version", 3, 4)
    ]


def test_the_schema_says_that_what_is_carried_is_the_platforms() -> None:
    carried = schema()["properties"]["remote_states"]
    assert carried["readOnly"] is True
    forged = hosting(reading())
    outputs: Any
    for outputs in ({"x": {"type": "secret"}}, {"x": {}}, {"X": {"type": "any"}}, []):
        candidate = changed(forged, "remote_states", KEY, "outputs", to=outputs)
        with pytest.raises(InvalidDocument):
            validate(candidate)


def test_versions_whose_outputs_are_read_are_bounded() -> None:
    def naming(count: int) -> set[str]:
        numbers = range(1, count + 1)
        parts = (part(f"n{n}", "remote_state", blueprint=NET, version=n) for n in numbers)
        return {code for _, code in places(document(*parts))}

    assert "too-many" in naming(MAX_REMOTE_STATES + 1)
    assert "too-many" not in naming(MAX_REMOTE_STATES)
