"""Outputs that show a secret are sensitive, however far it came; no others are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from blueprints.generation.ir import Address, Node, Output, Reference, VariableReference
from blueprints.generation.secrecy import hide_secrets
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents

VARIABLES = {"key": {"type": "string", "secret": True}, "plain": {"type": "string"}}
SECRET = {"join": ["x-", {"var": "key"}]}


def raw(component_id: str, resource: str, **arguments: Any) -> dict[str, Any]:
    properties = {"resource": resource, "arguments": arguments}
    return {"id": component_id, "type": "raw", "properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"ref": name}


def sensitive(shown: Any, *components: dict[str, Any]) -> bool:
    """Generate a document with one output, and say whether that is kept out of sight."""
    built = documents.small(*components, variables=VARIABLES, outputs={"shown": shown})
    text = write(documents.stack_of(built))["outputs.tf"]
    (output,) = re.findall(r'^output "shown" {.*?^}', text, re.MULTILINE | re.DOTALL)
    return bool(re.search("^  sensitive += true$", output, re.MULTILINE))


PARAMETER = raw("kept", "aws_ssm_parameter", name="a", type="SecureString", value=SECRET)
TOPIC = raw("topic", "aws_sns_topic", display_name=ref("kept.value"))
LATER = raw("later", "aws_sns_topic", display_name={"join": ["of ", ref("topic.display_name")]})
QUEUE = {"id": "jobs", "type": "queue", "properties": {}}
POLICY = {"aws_sqs_queue": {"redrive_allow_policy": {"jsonencode": {"x": [{"var": "key"}]}}}}
OPEN = raw("open", "aws_sns_topic", display_name={"var": "plain"})


@pytest.mark.parametrize(
    ("shown", "components"),
    [
        (ref("kept.value"), [PARAMETER]),
        (ref("kept.arn"), [PARAMETER]),  # of what it is made is not known
        ({"join": ["at ", ref("kept.id")]}, [PARAMETER]),
        (ref("topic.id"), [PARAMETER, TOPIC]),
        (ref("later.id"), [LATER, TOPIC, PARAMETER]),
    ],
)
def test_what_a_secret_flows_into_is_sensitive(shown: Any, components: list[Any]) -> None:
    assert sensitive(shown, *components)


@pytest.mark.parametrize(
    ("shown", "components"),
    [
        (ref("open.id"), [OPEN]),
        (ref("open.display_name"), [OPEN, PARAMETER]),
        (ref("jobs.url"), [{**QUEUE, "overrides": {"aws": POLICY}}]),
        ({"var": "plain"}, [OPEN]),
    ],
)
def test_what_no_secret_flows_into_is_plain(shown: Any, components: list[Any]) -> None:
    assert not sensitive(shown, *components)


def test_a_secret_goes_round_a_circle_of_references_once() -> None:
    one, two = (Address("resource", "aws_sns_topic", name) for name in ("one", "two"))
    secret, plain = VariableReference("key"), VariableReference("plain")

    def shown(held: VariableReference) -> list[bool]:
        nodes = (
            Node(one, "messaging", {"first": Reference(two, ("second",)), "kept": held}),
            Node(two, "messaging", {"second": Reference(one, ("first",))}),
        )
        outputs = (Output("of_two", Reference(two, ("second",))),)
        hidden = hide_secrets(
            nodes, outputs, is_secret=lambda each: each == secret, is_opaque=lambda _: True
        )
        return [output.sensitive for output in hidden]

    assert shown(secret) == [True]
    assert shown(plain) == [False]
