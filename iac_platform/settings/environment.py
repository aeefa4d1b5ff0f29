"""Every environment variable of the platform, read once and typed.

docs/operations/configuration.md describes them; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, ValidationError

_env = Env()
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
        database_url: PostgreSQL as the application role, through PgBouncer if there is one.
        database_owner_url: PostgreSQL as the owner role, direct; empty where requests are served.
        redis_url: the cache; empty for a cache inside each process.
        base_domain: tenants' hosts are ``<slug>.<base_domain>``.
        custom_domain_target: what tenants point their own domains at; empty for the base domain.
        dns_nameservers: ``address:port`` of the name servers to ask; none for the system's.
        debug: Django's debug pages; never outside a developer's machine.
        secure: the site is served over HTTPS only: cookies, redirects and HSTS follow.
        trusted_proxy_count: proxies in front that set ``X-Forwarded-For``.
        metrics_token: bearer token for ``/metrics`` from elsewhere than loopback.
        log_level: the least severe level that is logged.
        files_root: the folder of tenants' files; empty for ``var/files`` beside the code.
        tenant_deletion_grace_days: days in which the deletion of a tenant can be taken back.
        demo: adds the ``seed_demo`` command; never in production.
    """

    secret_key: str
    secret_key_fallbacks: list[str]
    audit_keys: list[str]
    database_url: str
    database_owner_url: str
    redis_url: str
    base_domain: str
    custom_domain_target: str
    dns_nameservers: list[str]
    debug: bool
    secure: bool
    trusted_proxy_count: int
    metrics_token: str
    log_level: str
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
                audit_keys=_audit_keys(),
                database_url=_env.str("DATABASE_URL"),
                database_owner_url=_env.str("DATABASE_OWNER_URL", default=""),
                redis_url=_env.str("REDIS_URL", default=""),
                base_domain=_env.str("BASE_DOMAIN", default="localhost"),
                custom_domain_target=_env.str("CUSTOM_DOMAIN_TARGET", default=""),
                dns_nameservers=_nameservers(),
                debug=_env.bool("DEBUG", default=False),
                secure=_env.bool("SECURE", default=True),
                trusted_proxy_count=_env.int("TRUSTED_PROXY_COUNT", default=0),
                metrics_token=_env.str("METRICS_TOKEN", default=""),
                log_level=_env.str("LOG_LEVEL", default="INFO"),
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


def _not_negative(days: int) -> None:
    if days < 0:
        raise ValidationError("It must not be negative.")


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


def _audit_keys() -> list[str]:
    keys: list[str] = _env.list("AUDIT_KEYS", default=[])
    if any(len(key) < _SHORTEST_KEY for key in keys):
        raise ImproperlyConfigured("Each of AUDIT_KEYS must have at least 32 characters.")
    return keys
