"""IAM policies as values: documents whose resources are references, not pasted names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.ir import Json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blueprints.generation.ir import Value

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
POLICY_VERSION = "2012-10-17"


def statement(
    actions: Iterable[str], *resources: Value, effect: str = "Allow", **elements: Value
) -> Mapping[str, Value]:
    """Build one statement; further elements, such as ``Condition``, go by keyword."""
    return {
        "Effect": effect,
        "Action": tuple(actions),
        "Resource": tuple(resources),
        **elements,
    }


def policy(*statements: Mapping[str, Value]) -> Json:
    """Build a policy document out of statements."""
    return Json({"Version": POLICY_VERSION, "Statement": tuple(statements)})


def trust(service: str) -> Json:
    """Build the policy that lets an AWS service act in a role."""
    return policy(
        {
            "Effect": "Allow",
            "Action": ("sts:AssumeRole",),
            "Principal": {"Service": (f"{service}.amazonaws.com",)},
        }
    )
