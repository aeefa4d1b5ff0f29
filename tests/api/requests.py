"""Sending the sample of an operation, and looking at answers as an attacker would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.api.resources import Sample, path_of
from tests.api_client import body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.api.fixtures import Fixture
    from tests.api_client import ApiClient

# What differs between two answers to the same request.
_VARYING_HEADERS = frozenset({"X-Request-ID", "RateLimit", "Date"})
_VARYING_MEMBERS = frozenset({"instance", "request_id"})
_CHANGES = frozenset({"PUT", "PATCH", "DELETE"})


def send(
    client: ApiClient,
    operation: str,
    sample: Sample,
    fixture: Fixture,
    *,
    replaced: Mapping[str, str] | None = None,
    content: Any = None,
    headers: Mapping[str, str] | None = None,
    reader: ApiClient | None = None,
) -> Any:
    """Send an operation's sample.

    Args:
        client: who asks.
        operation: ``METHOD template``.
        sample: its sample.
        fixture: what it is about.
        replaced: parameters of the address to replace.
        content: the body, if not the sample's.
        headers: further headers.
        reader: who finds out the ETag that a change must name.
    """
    method, _ = operation.split(" ")
    path = path_of(operation, sample, fixture, replaced)
    given = dict(headers or {})
    if reader is not None and method in _CHANGES:
        tag = reader.get(path_of(operation, sample, fixture)).headers.get("ETag")
        given |= {"If-Match": tag} if tag else {}
    if content is None and sample.body is not None:
        content = sample.body(fixture)
    if content is None:
        return client.generic(method, path, headers=given)
    return client.generic(method, path, json.dumps(content), "application/json", headers=given)


def look(response: Any, hidden: str = "") -> dict[str, Any]:
    """All that an answer tells, without what differs between any two requests.

    Args:
        response: the answer.
        hidden: an identifier that was sent, which an answer may repeat.
    """
    text = body(response)
    seen: Any = text
    headers = {name: value for name, value in response.items() if name not in _VARYING_HEADERS}
    headers.pop("Content-Length", None)
    if text and response.headers.get("Content-Type", "").endswith(("/json", "+json")):
        seen = {
            name: value for name, value in json.loads(text).items() if name not in _VARYING_MEMBERS
        }
        if "quotas" in seen:
            # To ask is itself an API call, and counted: also in the tag of the answer.
            seen["quotas"] = [each for each in seen["quotas"] if each["unit"] != "calls"]
            headers.pop("ETag", None)
        seen = json.dumps(seen, sort_keys=True).replace(hidden or "\0", "<id>")
    elif response.headers.get("Content-Type", "").endswith("/x-ndjson"):
        # To take the log along is itself an entry.
        lines = [line for line in text.splitlines() if b'"audit.export"' not in line]
        seen = b"\n".join(lines)
    return {"status": response.status_code, "headers": headers, "body": seen}
