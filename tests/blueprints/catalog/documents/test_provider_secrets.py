"""Secrets in the provider's own words: known by the schema or by name, never in plain text."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents.attributes import of_type

from .builders import Json, document, part, places, problems, ref, var

SECRET = var("token")
VARIABLES: Json = {"key": {"type": "string"}, "token": {"type": "string", "secret": True}}
FUNCTION: Json = {"function_name": "f", "role": "arn:x"}
TASK: Json = {"family": "web"}


REGION: Json = {"cloud": "region"}
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE"
ADDRESS = "postgres://app:hunter2@db.example.com/shop"


def raw(resource: str, cloud: str = "aws", **arguments: Any) -> Json:
    region = {"aws": "us-east-1", "azure": "westeurope"}[cloud]
    made = part("it", "raw", resource=resource, arguments=arguments)
    return document(made, variables=VARIABLES, cloud=cloud, region=region)


@pytest.mark.parametrize(
    ("cloud", "resource", "secret", "plain"),
    [
        ("aws", "random_password", "result", "length"),
        ("aws", "aws_ssm_parameter", "value", "insecure_value"),
        ("aws", "aws_vpn_connection", "customer_gateway_configuration", "id"),
        ("azure", "azurerm_kubernetes_cluster", "kube_config_raw", "fqdn"),
        ("azure", "azurerm_application_insights", "instrumentation_key", "app_id"),
        ("azure", "azurerm_linux_web_app", "site_credential", "default_hostname"),
        ("google", "google_redis_instance", "auth_string", "host"),
        ("google", "google_sql_database_instance", "root_password", "connection_name"),
    ],
)
def test_what_the_provider_calls_sensitive_is_secret(
    cloud: str, resource: str, secret: str, plain: str
) -> None:
    known = of_type("raw", {"resource": resource}, cloud)
    assert known[secret].sensitive
    assert not known[plain].sensitive


ENVIRONMENT = "aws_lambda_function", "environment"


@pytest.mark.parametrize(
    ("resource", "arguments", "place"),
    [
        ("aws_db_instance", {"instance_class": "x", "password": "hunter2"}, "password"),
        ("aws_db_instance", {"instance_class": "x", "password": 5}, "password"),
        (
            "aws_db_instance",
            {"instance_class": "x", "password": {"join": ["hunter", "2"]}},
            "password",
        ),
        (
            "aws_db_instance",
            {"instance_class": "x", "password": {"jsonencode": "hunter2"}},
            "password/jsonencode",
        ),
        (
            "aws_secretsmanager_secret_version",
            {"secret_id": "a", "secret_string": {"jsonencode": {"user": "a", "pin": var("key")}}},
            "secret_string/jsonencode",
        ),
        ("aws_ssm_parameter", {"name": "a", "type": "String", "value": "x"}, "value"),
        (
            "aws_lambda_function",
            {**FUNCTION, "environment": {"variables": {"A": "b", "DB_PASSWORD": "x"}}},
            "environment/variables/DB_PASSWORD",
        ),
        (
            "aws_lambda_function",
            {**FUNCTION, "environment": {"variables": {"DSN": "hunter2"}}},
            "environment/variables/DSN",
        ),
        ("aws_sqs_queue", {"name": "AKIAIOSFODNN7EXAMPLE"}, "name"),
        ("aws_sqs_queue", {"tags": {"a": "AKIAIOSFODNN7EXAMPLE"}}, "tags/a"),
        ("aws_sns_topic", {"policy": {"jsonencode": [f"x {ADDRESS}"]}}, "policy/jsonencode/0"),
        ("aws_sns_topic", {"policy": {"join": [ADDRESS, {"cloud": "region"}]}}, "policy"),
        (
            "aws_sns_topic",
            {"policy": {"jsonencode": {"a": [{"ApiKey": "x"}]}}},
            "policy/jsonencode/a/0/ApiKey",
        ),
        (
            "aws_ecs_task_definition",
            {
                **TASK,
                "container_definitions": {
                    "jsonencode": [{"environment": [{"name": "TOKEN", "value": "x"}]}]
                },
            },
            "container_definitions/jsonencode/0/environment/0/value",
        ),
        (
            "aws_ecs_task_definition",
            {
                **TASK,
                "container_definitions": ' [{"environment": [{"name": "TOKEN", "value": "x"}]}]',
            },
            "container_definitions",
        ),
    ],
)
def test_a_secret_in_plain_text_is_refused_where_it_stands(
    resource: str, arguments: Json, place: str
) -> None:
    expected = f"/components/0/properties/arguments/{place}"
    assert places(raw(resource, **arguments)) == [(expected, "literal-secret")]


@pytest.mark.parametrize(
    ("resource", "arguments"),
    [
        ("aws_db_instance", {"instance_class": "x", "password": SECRET}),
        ("aws_db_instance", {"instance_class": "x", "password": {"join": ["a", SECRET]}}),
        ("aws_db_instance", {"instance_class": "x", "password": {"jsonencode": [SECRET]}}),
        (
            "aws_secretsmanager_secret_version",
            {"secret_id": "a", "secret_string": {"jsonencode": {"user": "a", "pin": SECRET}}},
        ),
        ("aws_ssm_parameter", {"name": "a", "type": "SecureString", "value": SECRET}),
        ("aws_ssm_parameter", {"name": "a", "type": "String", "insecure_value": "x"}),
        (
            "aws_lambda_function",
            {**FUNCTION, "environment": {"variables": {"A": "b", "DB_PASSWORD": SECRET}}},
        ),
        (
            "aws_sns_topic",
            {"policy": {"jsonencode": {"a": [{"ApiKey": SECRET}], "Result": "x"}}},
        ),
        (
            "aws_sns_topic",
            {"policy": {"jsonencode": {"credentials": REGION, "States": {"Pass": {}}}}},
        ),
        ("aws_sns_topic", {"policy": {"jsonencode": {"credentials": "arn:aws:iam::1:role/a"}}}),
        ("aws_sns_topic", {"policy": '{"credentials": "arn:aws:iam::1:role/a", "Pass": {}}'}),
        ("aws_sns_topic", {"policy": '{"credentials": "hunter2", and then no JSON'}),
        ("aws_sns_topic", {"policy": "[" * 5000}),
        (
            "aws_ecs_task_definition",
            {
                **TASK,
                "container_definitions": {
                    "jsonencode": [
                        {
                            "environment": [
                                {"name": "TOKEN", "value": SECRET},
                                {"name": "MODE", "value": "x"},
                            ]
                        }
                    ]
                },
            },
        ),
    ],
)
def test_a_secret_variable_may_stand_where_a_secret_belongs(resource: str, arguments: Json) -> None:
    assert problems(raw(resource, **arguments)) == ()


JOBS = part("jobs", "queue")
DATABASE: Json = {"instance_class": "x"}
PARAMETER: Json = {"name": "a", "type": "SecureString"}


def beside(resource: str, *others: Json, **arguments: Any) -> Json:
    candidate = raw(resource, **arguments)
    candidate["components"] += [JOBS, *others]
    return candidate


@pytest.mark.parametrize(
    ("password", "place", "code"),
    [
        ({"join": ["hunter2-", REGION]}, "", "literal-secret"),
        ({"join": ["hunter2", ref("jobs.name")]}, "", "literal-secret"),
        ({"join": ["hunter2", var("key")]}, "", "literal-secret"),
        ({"join": ["hunter2", ref("kept.arn")]}, "", "literal-secret"),
        (REGION, "", "literal-secret"),
        (ref("jobs.name"), "/ref", "not-a-secret"),
        (ref("kept.name"), "/ref", "not-a-secret"),
    ],
)
def test_what_is_put_together_of_no_secret_is_none(password: Json, place: str, code: str) -> None:
    kept = part("kept", "secret", value=SECRET)
    found = places(beside("aws_db_instance", kept, **DATABASE, password=password))
    assert found == [(f"/components/0/properties/arguments/password{place}", code)]


@pytest.mark.parametrize(
    "password",
    [
        {"join": ["user:", var("key"), ":", SECRET]},
        {"join": [REGION, ref("jobs.name"), SECRET]},
        {"join": ["user:", ref("made.result")]},
        ref("made.result"),
        ref("kept.arn"),
    ],
)
def test_one_secret_part_makes_it_a_secret(password: Json) -> None:
    made = part("made", "raw", resource="random_password", arguments={"length": 32})
    kept = part("kept", "secret", value=SECRET)
    assert problems(beside("aws_db_instance", made, kept, **DATABASE, password=password)) == ()


@pytest.mark.parametrize(
    ("keys", "value"),
    [({"a": "hunter2"}, "value"), ({"a": {"pin": "hunter2"}}, "value.pin"), (["hunter2"], "key")],
)
def test_what_differs_for_each_key_is_never_a_secret(keys: Any, value: str) -> None:
    candidate = raw("aws_ssm_parameter", **PARAMETER, value={"each": value})
    candidate["components"][0]["for_each"] = keys
    place = "/components/0/properties/arguments/value"
    assert places(candidate) == [(place, "literal-secret")]
    candidate["components"][0]["properties"]["arguments"]["value"] = {
        "join": [{"each": value}, SECRET]
    }
    assert problems(candidate) == ()


def test_a_variable_under_a_secrets_name_must_be_secret() -> None:
    found = places(raw("aws_sns_topic", policy={"jsonencode": {"api_key": var("key")}}))
    place = "/components/0/properties/arguments/policy/jsonencode/api_key/var"
    assert found == [(place, "not-a-secret")]


def test_overrides_hold_no_secret_in_plain_text() -> None:
    queue = part("jobs", "queue")
    closed: Json = {"jsonencode": {"secret": "x"}}
    overridden = {"aws": {"aws_sqs_queue": {"redrive_allow_policy": closed}}}
    place = "/components/0/overrides/aws/aws_sqs_queue/redrive_allow_policy/jsonencode/secret"
    assert places(document({**queue, "overrides": overridden})) == [(place, "literal-secret")]
    closed["jsonencode"] = {"secret": {"join": ["x", REGION]}}
    assert places(document({**queue, "overrides": overridden})) == [(place, "literal-secret")]
    closed["jsonencode"] = {"secret": ref("kept.arn")}
    kept = part("kept", "secret", value=SECRET)
    assert problems(document({**queue, "overrides": overridden}, kept, variables=VARIABLES)) == ()


def test_a_secret_attribute_is_not_shown_as_another_property() -> None:
    key = part("key", "raw", resource="random_password", arguments={"length": 20})
    shown = document(key, part("box", "object_storage", bucket=ref("key.result")))
    assert places(shown) == [("/components/1/properties/bucket/ref", "secret-exposed")]
    kept: Json = {"instance_class": "x", "password": ref("key.result")}
    assert (
        places(document(key, part("db", "raw", resource="aws_db_instance", arguments=kept))) == []
    )
