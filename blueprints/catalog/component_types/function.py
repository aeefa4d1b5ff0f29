from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import compute_instance, definitions, fields
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUNTIMES = (
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "nodejs20",
    "nodejs22",
    "nodejs24",
    "java17",
    "java21",
    "java25",
    "dotnet8",
    "dotnet10",
    "ruby3.3",
    "ruby3.4",
    "go",
)

_SOURCE = fields.record(
    "Where its packaged code lies. In a bucket made beside it the code may be missing at first: a "
    "placeholder runs until it is uploaded.",
    {
        "bucket": fields.component("The object storage.", "object_storage"),
        "key": fields.text(
            "The package's key in it.", max_length=1024, examples=["releases/api-1.4.0.zip"]
        ),
        "version": fields.text(
            "The version of the package, in a bucket that keeps versions; without it, the newest "
            "is deployed.",
            max_length=1024,
            pattern="^[!-~]+$",
        ),
    },
    required=["bucket", "key"],
)

_QUEUE_TRIGGER = fields.record(
    "A queue whose messages it handles.",
    {
        "queue": fields.component("The queue.", "queue"),
        "batch_size": fields.integer(
            "Most messages in one call.", minimum=1, maximum=10, default=10
        ),
    },
    required=["queue"],
)

_ENVIRONMENT = fields.mapping(
    "Environment variables. A secret comes from a secret variable, never from the document.",
    {
        "description": "A variable's value.",
        "type": ["string", "number", "boolean", "object"],
        "maxLength": 4096,
        "x-secret": "allowed",
        **definitions.EXPRESSION,
    },
    names={
        "description": "A letter, then letters, digits and underscores.",
        "pattern": "^[a-zA-Z][a-zA-Z0-9_]{0,127}$",
    },
    max_items=100,
)


def check_place(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Firewalls guard a function only inside a network."""
    if properties["firewalls"] and not properties["subnets"]:
        message = 'Firewalls apply inside a network: name "subnets" too.'
        yield Problem.error(("firewalls",), message)
    if properties["subnets"] and not properties["firewalls"]:
        message = 'A function inside a network needs at least one of "firewalls".'
        yield Problem.error(("subnets",), message)


def check_queues(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """A queue triggers a function once."""
    seen: set[str] = set()
    for index, trigger in enumerate(properties["queues"]):
        queue = trigger["queue"].component
        if queue in seen:
            message = f"Queue {queue!r} triggers this function already: remove one of them."
            yield Problem.error(("queues", index, "queue"), message)
        seen.add(queue)


TYPE = ComponentType(
    name="function",
    title="Function",
    category="compute",
    description="Code that runs when something calls it, with no machine to look after.",
    schema=fields.properties(
        {
            "runtime": fields.choice(
                "The language and its version; go brings its own runtime.", *RUNTIMES
            ),
            "handler": fields.text(
                "What to call in the package, as the runtime writes it.",
                max_length=128,
                pattern="^[A-Za-z0-9_./:$-]+$",
                examples=["app.handler"],
            ),
            "source": _SOURCE,
            "memory_mb": fields.integer(
                "Memory, in MiB; CPU grows with it.", minimum=128, maximum=10240, default=256
            ),
            "timeout_seconds": fields.integer(
                "Seconds after which a call is stopped.", minimum=1, maximum=900, default=30
            ),
            "architecture": fields.choice("The processor.", "x86_64", "arm64", default="x86_64"),
            "environment": _ENVIRONMENT,
            "role": fields.component(
                "The role it acts in; without it, one that may only write logs.",
                "role",
                where={"trusted_service": "function"},
            ),
            "subnets": fields.components(
                "Subnets it runs in, to reach what is private there.", "subnet"
            ),
            "firewalls": fields.components(
                "The firewalls around it, inside a network.", "firewall", max_items=5
            ),
            "queues": fields.listing(
                "Queues whose messages it handles.", _QUEUE_TRIGGER, max_items=10, default=()
            ),
            "every_minutes": fields.integer(
                "Call it each time so many minutes have passed.", minimum=1, maximum=1440
            ),
            "url": fields.choice(
                "An https address of its own: none, one for callers with permission, or one "
                "for everyone.",
                "none",
                "private",
                "public",
                default="none",
            ),
            "reserved_concurrency": fields.nullable(
                fields.integer(
                    "Calls that may run at once, set aside for it.", minimum=0, maximum=1000
                )
            ),
            "log_days": fields.log_days("Days that its logs are kept.", default=30),
        },
        required=["runtime", "handler", "source"],
        example={
            "runtime": "python3.13",
            "handler": "app.handler",
            "source": {"bucket": {"ref": "packages"}, "key": "api.zip"},
        },
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the function."),
        Attribute("name", "string", "Its name in the cloud."),
        Attribute("arn", "string", "Its full name within the cloud."),
        Attribute("invoke_arn", "string", "The name by which gateways call it."),
        Attribute("url", "string", "Its https address.", where={"url": ("private", "public")}),
    ),
    clouds={
        "aws": "aws_lambda_function",
        "azure": "azurerm_linux_function_app",
        "google": "google_cloudfunctions2_function",
    },
    relations={**compute_instance.TYPE.relations, "triggers": ("function",)},
    checks=(check_place, check_queues),
)
