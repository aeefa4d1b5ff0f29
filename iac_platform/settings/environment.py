"""Every environment variable of the platform, read once and typed.

docs/operations/configuration.md describes them; a test compares the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, ValidationError

from iac_platform.common.host_names import to_ascii

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_env = Env()
_DATABASE_EXAMPLE = (
    "Write postgres://user:password@host:5432/database, and %XX for the characters :/?#[]@% of a "
    "password."
)
_REDIS_EXAMPLE = "Write redis://:password@host:6379/0."
_EMAIL_SCHEMES = ("smtp", "smtps", "smtp+tls", "smtp+ssl", "console")
_EMAIL_EXAMPLE = "Write smtp+tls://user:password@mail.example.com:587, or console://."
_HOST_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_DNS_PORT = 53
_IPV6 = 6
_SHORTEST_KEY = 32  # Django's own check asks for 50 on deploy


@dataclass(frozen=True, slots=True)
class Environment:
    """The platform's configuration as the operator wrote it.

    Attributes:
        secret_key: signs cursors, sessions and CSRF tokens; at least 32 characters.
        secret_key_fallbacks: earlier keys, still accepted while rotating.
        audit_keys: sign the audit logs' chains, the first one from now on; none for the above.
        encryption_keys: seal secrets in the database, the first one from now on; none for
            the secret keys.
        database_url: PostgreSQL as the application role, through PgBouncer if there is one.
        database_owner_url: PostgreSQL as the owner role, direct; empty where requests are served.
        redis_url: the cache; empty for a cache inside each process.
        base_domain: tenants' hosts are ``<slug>.<base_domain>``.
        custom_domain_target: what tenants point their own domains at; empty for the base domain.
        dns_nameservers: ``address:port`` of the name servers to ask; none for the system's.
        debug: Django's debug pages; never outside a developer's machine.
        public_port: where browsers reach the site, if not at the scheme's own port; 0 for that.
        secure: the site is served over HTTPS only: cookies, redirects and HSTS follow.
        trusted_proxy_count: proxies in front that set ``X-Forwarded-For``.
        metrics_token: bearer token for ``/metrics`` from elsewhere than loopback.
        log_level: the least severe level that is logged.
        email_url: how e-mail is sent; empty for none.
        email_from: the sender of e-mail.
        files_root: the folder of tenants' files; empty for ``var/files`` beside the code.
        tenant_deletion_grace_days: days in which the deletion of a tenant can be taken back.
        demo: adds the ``seed_demo`` command; never in production.
    """

    secret_key: str
    secret_key_fallbacks: list[str]
    audit_keys: list[str]
    encryption_keys: list[str]
    database_url: str
    database_owner_url: str
    redis_url: str
    base_domain: str
    custom_domain_target: str
    dns_nameservers: list[str]
    debug: bool
    public_port: int
    secure: bool
    trusted_proxy_count: int
    metrics_token: str
    log_level: str
    email_url: str
    email_from: str
    files_root: str
    tenant_deletion_grace_days: int
    demo: bool = field(default=False)

    @classmethod
    def read(cls) -> Environment:
        """Read the process environment.

        Raises:
            ImproperlyConfigured: a variable is missing or malformed; the text names it.
        """
        try:
            return cls(
                secret_key=_secret_key(),
                secret_key_fallbacks=_env.list("SECRET_KEY_FALLBACKS", default=[]),
                audit_keys=_keys("AUDIT_KEYS"),
                encryption_keys=_keys("ENCRYPTION_KEYS"),
                database_url=_database_url("DATABASE_URL", _env.str("DATABASE_URL")),
                database_owner_url=_database_url(
                    "DATABASE_OWNER_URL", _env.str("DATABASE_OWNER_URL", default="")
                ),
                redis_url=_redis_url(_env.str("REDIS_URL", default="")),
                base_domain=_host_name("BASE_DOMAIN", default="localhost"),
                custom_domain_target=_host_name("CUSTOM_DOMAIN_TARGET", default=""),
                dns_nameservers=_nameservers(),
                debug=_env.bool("DEBUG", default=False),
                public_port=_env.int("PUBLIC_PORT", default=0, validate=_not_negative),
                secure=_env.bool("SECURE", default=True),
                trusted_proxy_count=_env.int("TRUSTED_PROXY_COUNT", default=0),
                metrics_token=_env.str("METRICS_TOKEN", default=""),
                log_level=_env.str("LOG_LEVEL", default="INFO"),
                email_url=_email_url(_env.str("EMAIL_URL", default="")),
                email_from=_env.str("EMAIL_FROM", default=""),
                files_root=_env.str("FILES_ROOT", default=""),
                tenant_deletion_grace_days=_env.int(
                    "TENANT_DELETION_GRACE_DAYS", default=30, validate=_not_negative
                ),
                demo=_env.bool("IAC_DEMO", default=False),
            )
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{error} (docs/operations/configuration.md lists all variables)"
            ) from error


def _email_url(value: str) -> str:
    """One of the ways in which Django sends e-mail.

    Raises:
        ValueError: it is none of those.
    """
    if value and urlsplit(value).scheme not in _EMAIL_SCHEMES:
        raise ValueError(f"EMAIL_URL: {_EMAIL_EXAMPLE}")
    return value


def _not_negative(number: int) -> None:
    if number < 0:
        raise ValidationError("It must not be negative.")


def _database_url(name: str, url: str) -> str:
    """The URL; an empty one is that of a database that this process does not use.

    What is wrong is said without the URL itself, which holds a password.
    """
    if not url and name != "DATABASE_URL":
        return url
    parts = _url_parts(name, url, {"postgres", "postgresql"}, _DATABASE_EXAMPLE)
    if not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} names no database. {_DATABASE_EXAMPLE}")
    return url


def _redis_url(url: str) -> str:
    if url:
        parts = _url_parts("REDIS_URL", url, {"redis", "rediss", "unix"}, _REDIS_EXAMPLE)
        number = parts.path.strip("/")
        if parts.scheme != "unix" and number and not number.isdecimal():
            raise ImproperlyConfigured(
                f"REDIS_URL ends in no number of a database. {_REDIS_EXAMPLE}"
            )
    return url


def _url_parts(name: str, url: str, schemes: set[str], example: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        # Raises where there is none.
        _ = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} is not a URL: host or port is wrong. {example}"
        ) from error
    if parts.scheme not in schemes:
        begins = " or ".join(f"{scheme}://" for scheme in sorted(schemes))
        raise ImproperlyConfigured(f"{name} does not begin with {begins}. {example}")
    return parts


def _host_name(name: str, *, default: str) -> str:
    """A host name as DNS has it, also where it was written in another script."""
    text = _env.str(name, default=default)
    try:
        host = to_ascii(text).removesuffix(".")
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error
    if (host or default) and not _HOST_NAME.fullmatch(host):
        raise ImproperlyConfigured(
            f"{name}={text} is not a host name: write it without scheme, port and path, such as "
            "iac.example.com."
        )
    return host


def _nameservers() -> list[str]:
    """The servers, each with its port; a server's name would have to be looked up first."""
    servers: list[str] = _env.list("DNS_NAMESERVERS", default=[])
    return [_with_port(server.strip()) for server in servers if server.strip()]


def _with_port(server: str) -> str:
    parts = urlsplit(f"//{server}" if server.count(":") <= 1 or "[" in server else f"//[{server}]")
    try:
        address, port = ip_address(parts.hostname or ""), parts.port or _DNS_PORT
    except ValueError as error:
        raise ImproperlyConfigured(
            f"DNS_NAMESERVERS: {server!r} is not an IP address with or without a port, "
            "such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353."
        ) from error
    return f"[{address}]:{port}" if address.version == _IPV6 else f"{address}:{port}"


def _secret_key() -> str:
    key = _env.str("SECRET_KEY")
    if len(key) < _SHORTEST_KEY:
        raise ImproperlyConfigured("SECRET_KEY must have at least 32 characters.")
    return key


def _keys(name: str) -> list[str]:
    keys: list[str] = _env.list(name, default=[])
    if any(len(key) < _SHORTEST_KEY for key in keys):
        raise ImproperlyConfigured(f"Each of {name} must have at least 32 characters.")
    return keys
