"""Lambda, and the rules of EventBridge that call functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents.cloud_rules.context import RuleContext, Subject

_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"
_RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
MOST_ENVIRONMENT_BYTES = 4096
SHORTEST_NAME = 2
# Quota of 1,000 calls at once in a region, of which 100 stay with functions that reserve none.
MOST_RESERVED = 900
_HANDLERS = {
    "python": (re.compile(r"[^:]+\.[^.:/]+"), "module.function, such as app.handler"),
    "nodejs": (re.compile(r"[^:]+\.[^.:/]+"), "file.export, such as index.handler"),
    "ruby": (
        re.compile(r"[^:.]+\.([^.:]+|[A-Z][^.]*\.[^.:]+)"),
        "file.method",
    ),
    "java": (re.compile(r"[^:/]+(::[^:/]+)?"), "package.Class::method"),
}
_NO_URLS = frozenset({"cn-north-1", "cn-northwest-1"})


def _queue(seconds: int) -> tuple[dict[str, Any], ...]:
    properties = {"visibility_timeout_seconds": seconds}
    return ({"id": "tasks", "type": "queue", "properties": properties},)


_TASKS = [{"queue": {"ref": "tasks"}}]


@rule(
    "aws-function/visibility",
    limit="The visibility time-out of a queue is at least the time-out of the functions it calls.",
    source=f"{_GUIDE}/services-sqs-configure.html",
    accepted=(
        Example({"timeout_seconds": 60, "queues": _TASKS}, beside=_queue(360)),
        Example({"timeout_seconds": {"var": "n"}, "queues": _TASKS}, beside=_queue(30)),
    ),
    refused=(
        Example({"timeout_seconds": 60, "queues": _TASKS}, "/timeout_seconds", beside=_queue(59)),
        Example(
            {"timeout_seconds": {"var": "most"}, "queues": _TASKS},
            "/timeout_seconds",
            beside=_queue(30),
            variables={"most": {"type": "number", "default": 31}},
        ),
    ),
)
def visibility(function: Subject) -> Iterator[Problem]:
    """No message comes back while it is still being handled."""
    timeout = function.number("timeout_seconds")
    for trigger in function.listed("queues"):
        queue = function.context.at(trigger["queue"])
        hidden = queue.number("visibility_timeout_seconds") if queue else None
        if queue and timeout is not None and hidden is not None and hidden < timeout:
            message = (
                f"A call takes up to {timeout} s, and {queue.id} gives messages out again after "
                f"{hidden} s: set its visibility_timeout_seconds to {timeout * 6}, six times as "
                "long, as AWS advises."
            )
            yield Problem.error(("timeout_seconds",), message)


@rule(
    "aws-function/reserved-variable",
    limit="Some environment variables are Lambda's own and cannot be set.",
    source=f"{_GUIDE}/configuration-envvars.html#configuration-envvars-runtime",
    accepted=(
        Example({"environment": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap", "REGION": "x"}}),
        Example({"environment": {"TZ": "Europe/Berlin"}}),
    ),
    refused=(
        Example({"environment": {"AWS_REGION": "x"}}, "/environment/AWS_REGION"),
        Example({"environment": {"LAMBDA_TASK_ROOT": "x"}}, "/environment/LAMBDA_TASK_ROOT"),
    ),
)
def reserved_variable(function: Subject) -> Iterator[Problem]:
    """No environment variable has a name that Lambda sets itself."""
    for name in function.properties["environment"]:
        if name in _RESERVED:
            message = f"Lambda sets {name} itself: read it, or take another name."
            yield Problem.error(("environment", name), message)


@rule(
    "aws-function/short-variable",
    limit="Names of environment variables have two characters or more.",
    source=f"{_GUIDE}/configuration-envvars.html",
    accepted=(Example({"environment": {"DB": "x"}}),),
    refused=(Example({"environment": {"X": "x"}}, "/environment/X"),),
)
def short_variable(function: Subject) -> Iterator[Problem]:
    """Every environment variable's name is long enough."""
    for name in function.properties["environment"]:
        if len(name) < SHORTEST_NAME:
            message = f"The name {quoted(name)} is too short: Lambda wants two characters or more."
            yield Problem.error(("environment", name), message)


@rule(
    "aws-function/environment-size",
    limit="All environment variables together take at most 4 KB.",
    source=f"{_GUIDE}/gettingstarted-limits.html",
    accepted=(Example({"environment": {"TEXT": "x" * 4000}}),),
    refused=(
        Example({"environment": {"TEXT": "x" * 4096}}, "/environment"),
        Example({"environment": {"TEXT": "\u00e4" * 2048}}, "/environment"),
        Example({"environment": {"ONE": "x" * 2100, "TWO": "x" * 2100}}, "/environment"),
    ),
)
def environment_size(function: Subject) -> Iterator[Problem]:
    """Names and known values fit together; values known later only make it more."""
    environment: Mapping[str, Any] = function.properties["environment"]
    size = sum(
        len(name.encode()) + (len(value.encode()) if isinstance(value, str) else 0)
        for name, value in environment.items()
    )
    if size > MOST_ENVIRONMENT_BYTES:
        message = (
            f"The environment takes {size} bytes or more, and Lambda allows "
            f"{MOST_ENVIRONMENT_BYTES}: put large values into a bucket or a secret."
        )
        yield Problem.error(("environment",), message)


@rule(
    "aws-function/handler",
    limit="The handler is written as its runtime reads it: file and function with a dot between "
    "for Python, Node.js and Ruby, Class::method for Java.",
    source=f"{_GUIDE}/python-handler.html",
    accepted=(
        Example({"runtime": "python3.13", "handler": "src/app.handler"}),
        Example({"runtime": "nodejs22", "handler": "dist/index.handler"}),
        Example({"runtime": "ruby3.3", "handler": "app.LambdaFunctions::Handler.process"}),
        Example({"runtime": "java21", "handler": "example.Handler::handleRequest"}),
        Example({"runtime": "java21", "handler": "example.Handler"}),
        Example({"runtime": "java21", "handler": "example.Outer$Inner::handle"}),
        Example({"runtime": "dotnet8", "handler": "Assembly"}),
        Example({"runtime": "go", "handler": "bootstrap"}),
    ),
    refused=(
        Example({"runtime": "python3.13", "handler": "handler"}, "/handler"),
        Example({"runtime": "python3.13", "handler": "app:handler"}, "/handler"),
        Example({"runtime": "nodejs22", "handler": "index"}, "/handler"),
        Example({"runtime": "java21", "handler": "example.Handler:handleRequest"}, "/handler"),
    ),
)
def handler(function: Subject) -> Iterator[Problem]:
    """The runtime can find what to call: AWS accepts any text and fails at the first call."""
    language = re.sub(r"[0-9.]+$", "", function.properties["runtime"])
    given, known = function.text("handler"), _HANDLERS.get(language)
    if given and known and not known[0].fullmatch(given):
        message = f"{quoted(given)} is no handler of {function.properties['runtime']}: {known[1]}."
        yield Problem.error(("handler",), message)


@rule(
    "aws-function/reserved-concurrency",
    limit="Of the 1,000 calls at once that a region allows by default, 100 cannot be reserved.",
    source=f"{_GUIDE}/configuration-concurrency.html",
    accepted=(Example({"reserved_concurrency": 900}),),
    refused=(Example({"reserved_concurrency": 901}, "/reserved_concurrency"),),
)
def reserved_concurrency(function: Subject) -> Iterator[Problem]:
    """The functions of a document leave what cannot be reserved."""
    total = function.context.once(_reserved_calls).get(function.id, 0)
    if total > MOST_RESERVED:
        message = (
            f"With the functions above, {total} calls are reserved, and at most {MOST_RESERVED} "
            "can be: reserve fewer."
        )
        yield Problem.error(("reserved_concurrency",), message)


def _reserved_calls(context: RuleContext) -> Mapping[str, int]:
    """Return how many calls are reserved by a function and those above it."""
    found: dict[str, int] = {}
    total = 0
    for function in context.of_type("function"):
        if own := function.number("reserved_concurrency"):
            total += own
            found[function.id] = total
    return found


@rule(
    "aws-function/url-region",
    limit="Function URLs are not offered in China.",
    source="https://docs.amazonaws.cn/en_us/aws/latest/userguide/lambda.html",
    accepted=(
        Example({"url": "private"}),
        Example({"url": "public"}, region="cn-north-1"),
    ),
    refused=(Example({"url": "private"}, "/url", region="cn-north-1"),),
)
def url_region(function: Subject) -> Iterator[Problem]:
    """The region has addresses for callers with permission."""
    if function.properties["url"] == "private" and function.region in _NO_URLS:
        message = (
            f'{function.region} has no function URLs: set "url" to public or none, and let '
            "callers invoke the function by its name."
        )
        yield Problem.error(("url",), message)


RULES = (
    visibility,
    reserved_variable,
    short_variable,
    environment_size,
    handler,
    reserved_concurrency,
    url_region,
)

LIMITS = (
    Limit("function", "Memory is 128 to 10,240 MB, the time-out 1 to 900 s.", "the type"),
    Limit("function", "Names of environment variables begin with a letter.", "the type"),
    Limit("function", "Batches of a FIFO queue have at most 10 messages.", "the type"),
    Limit("function", "At most 5 security groups and 16 subnets.", "the type"),
    Limit("function", "Functions in a network need a security group.", "the type"),
    Limit("function", "Handlers have at most 128 characters.", "the type"),
    Limit("function", "Names have at most 64 characters.", "the generated names"),
    Limit(
        "function",
        "A schedule of one minute is rate(1 minute), of more rate(2 minutes).",
        "the generated code, also where a variable holds the number",
    ),
    Limit(
        "function",
        "Runtimes are refused for new functions some months after their end.",
        "nothing: it depends on the day",
    ),
    Limit(
        "function",
        "Packages have at most 250 MB unpacked.",
        "nothing: what the package holds is not known",
    ),
)
