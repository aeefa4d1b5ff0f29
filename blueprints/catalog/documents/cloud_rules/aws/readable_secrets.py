"""Secrets that people write where everybody reads them: warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.documents.cloud_rules.rule import Example, rule
from blueprints.catalog.documents.expressions import Join
from blueprints.catalog.documents.secret_signs import (
    is_secret_in_script,
    is_secret_text,
    is_secret_under,
)
from blueprints.catalog.problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg"
_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide"
_FIX = 'Declare a variable with "secret": true and write {"var": "its-name"} here.'
_READABLE = (
    "This text has a key or password in it, which everybody who may read this configuration "
    "can see."
)
_URL_WITH_LOGIN = "postgres://app:hunter2@db.example.com/shop"
_ASKED = {"password": {"type": "string", "secret": True}}


def _variable(name: str, value: Any) -> dict[str, Any]:
    return {"environment": {name: value}}


@rule(
    "aws-function/readable-secret",
    limit="Who may read a function's configuration reads its environment variables.",
    source=f"{_LAMBDA}/configuration-envvars.html#configuration-envvars-config",
    accepted=(
        Example(_variable("DB_PASSWORD", {"var": "password"}), variables=_ASKED),
        Example(
            _variable("URL", {"join": ["postgres://app:", {"var": "password"}, "@db/shop"]}),
            variables=_ASKED,
        ),
        Example(_variable("SECRET", "arn:aws:secretsmanager:us-east-1:111122223333:secret:a")),
        Example(_variable("DB_PASSWORD", "")),
        Example(_variable("DB_PASSWORD", "/shop/database")),
        Example(_variable("PASSWORD_LENGTH", "12")),
        Example(_variable("MAX_TOKENS", "4096")),
        Example(_variable("URL", "https://example.com:8443/me@here")),
    ),
    refused=(
        Example(_variable("DB_PASSWORD", "hunter2"), "/environment/DB_PASSWORD"),
        Example(_variable("DB_PASSWORD", "/hunter2"), "/environment/DB_PASSWORD"),
        Example(_variable("DB_PASSWORD", 4711), "/environment/DB_PASSWORD"),
        Example(_variable("apiKey", "0123"), "/environment/apiKey"),
        Example(_variable("DSN", "hunter2"), "/environment/DSN"),
        Example(_variable("URL", _URL_WITH_LOGIN), "/environment/URL"),
        Example(
            _variable("URL", {"join": [_URL_WITH_LOGIN, "?region=", {"cloud": "region"}]}),
            "/environment/URL",
        ),
    ),
    severity="warning",
)
def readable_secret(function: Subject) -> Iterator[Problem]:
    """What is named like a secret, or is one, does not stand in the document."""
    for name, value in function.mapping("environment").items():
        if is_secret_under(name, value):
            message = f"{quoted(name)} is named like a secret, and all who see this can read it."
        elif _has_secret_text(value):
            message = _READABLE
        else:
            continue
        yield Problem.warning(("environment", name), message, fix=_FIX)


def _user_data(machine: Subject) -> Iterator[Problem]:
    script = machine.component.properties.get("user_data")
    assigned = isinstance(script, str) and is_secret_in_script(script)
    if assigned or _has_secret_text(script):
        yield Problem.warning(("user_data",), _READABLE, fix=_FIX)


def _has_secret_text(value: object) -> bool:
    """Whether what is known of a text gives a secret away."""
    texts = value.parts if isinstance(value, Join) else (value,)
    return any(isinstance(text, str) and is_secret_text(text) for text in texts)


RULES = (
    readable_secret,
    *(
        rule(
            f"aws-{kind}/readable-secret",
            limit="Whoever may read a machine's configuration, and all that runs on it, reads its "
            "user data.",
            source=f"{_EC2}/user-data.html",
            accepted=(
                Example({"user_data": "#!/bin/sh\ncurl https://app:$TOKEN@example.com"}),
                Example({"user_data": "#!/bin/sh\necho AKIAIOSFODNN7EXAMPLES"}),
                Example({"user_data": "#!/bin/sh\nexport DB_PASSWORD=$(fetch)\nTOKEN=$1"}),
            ),
            refused=(
                Example({"user_data": f"#!/bin/sh\nrun {_URL_WITH_LOGIN}"}, "/user_data"),
                Example({"user_data": "#!/bin/sh\nrun ASIAIOSFODNN7EXAMPLE"}, "/user_data"),
                Example({"user_data": "#!/bin/sh\nexport DB_PASSWORD=hunter2"}, "/user_data"),
            ),
            severity="warning",
        )(_user_data)
        for kind in ("compute-instance", "autoscaling-group")
    ),
)
