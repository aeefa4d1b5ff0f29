"""Structured logs: one JSON object a line, the request's id on each, secrets blacked out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

BLACKED_OUT = "[redacted]"

_SECRET_NAME = re.compile(
    r"authorization|cookie|password|passwd|secret|token|api_?key|credential|private_?key|"
    r"session_?id",
    re.IGNORECASE,
)
_SECRETS_IN_TEXT = (
    # Authorization headers, wherever somebody wrote one down.
    (re.compile(r"\b(Bearer|Basic|Token)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), r"\1 "),
    # name=value and "name": "value".
    (
        re.compile(
            r"""((?:password|passwd|secret|token|api_?key|sig(?:nature)?|code)["']?\s*[=:]\s*["']?)"""
            r"""[^\s"'&,;}]+""",
            re.IGNORECASE,
        ),
        r"\1",
    ),
    # The password in a URL.
    (re.compile(r"(://[^\s:/@]*:)[^\s@/]+(?=@)"), r"\1"),
)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Structlog processor: black out secrets by the name of their field and in any text."""
    for name, value in event.items():
        event[name] = _redacted(name, value)
    return event


def logging_settings(*, level: str = "INFO", as_json: bool = True) -> dict[str, Any]:
    """Set structlog up and return Django's ``LOGGING``, both writing the same lines.

    Args:
        level: of our own loggers; libraries log warnings only.
        as_json: one JSON object a line; otherwise lines for a person at a terminal.
    """
    _configure_structlog()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": _formatter(as_json=as_json)},
        "handlers": {
            "stderr": {
                "class": "iac_platform.gateway.whole_lines.WholeLinesHandler",
                "formatter": "structured",
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            **{name: {"level": level} for name in _OUR_LOGGERS},
            # Our own line per request says it all; errors still come with their traceback.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "ERROR"},
        },
    }


_OUR_LOGGERS = ("iac_platform", "tenants", "rbac", "blueprints")
# What every line goes through, whoever wrote it.
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(allow=["status_code"]),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _formatter(*, as_json: bool) -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            _renderer(as_json=as_json),
        ],
    }


def _renderer(*, as_json: bool) -> Any:
    if as_json:
        return structlog.processors.JSONRenderer(serializer=_dumps)
    return structlog.dev.ConsoleRenderer(colors=False)


def _dumps(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


# As many as there are names of fields in the code, and a few of libraries.
@lru_cache(maxsize=1024)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _redacted(name: str, value: Any) -> Any:
    if value is not None and _names_a_secret(name):
        return BLACKED_OUT
    if isinstance(value, str):
        return _without_secrets(value)
    if isinstance(value, dict):
        return {key: _redacted(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", inner) for inner in value]
    return value


def _without_secrets(text: str) -> str:
    # Each pattern needs one of these; most values, such as ids and routes, have none.
    if not ("=" in text or ":" in text or " " in text or len(text.split(maxsplit=1)) > 1):
        return text
    for pattern, kept in _SECRETS_IN_TEXT:
        text = pattern.sub(kept + BLACKED_OUT, text)
    return text
