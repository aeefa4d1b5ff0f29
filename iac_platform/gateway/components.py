"""What every operation of the API shares, in OpenAPI's terms."""

from __future__ import annotations

from typing import Any

COMPONENTS: dict[str, Any] = {
    "securitySchemes": {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token. It says whose request it is, and which tenant's.",
        }
    },
    "schemas": {
        "Problem": {
            "type": "object",
            "description": "What went wrong (RFC 9457). Further members depend on the code.",
            "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
            "properties": {
                "type": {"type": "string", "format": "uri"},
                "title": {"type": "string"},
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": {"type": "string"},
                "instance": {"type": "string", "format": "uri-reference"},
                "code": {"type": "string", "description": "Stable; made for programs."},
                "request_id": {"type": ["string", "null"]},
                "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Place"}},
            },
            "additionalProperties": True,
        },
        "Place": {
            "type": "object",
            "description": "One place that is wrong: in the body or in the query.",
            "required": ["detail", "code"],
            "properties": {
                "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901)."},
                "parameter": {"type": "string", "description": "Parameter of the query."},
                "detail": {"type": "string"},
                "code": {"type": "string"},
            },
            "additionalProperties": True,
        },
    },
    "responses": {
        "Problem": {
            "description": "A problem document: the request was refused, or failed.",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    },
}
