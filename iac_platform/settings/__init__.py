"""Django's settings: composed from the environment, deciding nothing else.

Every value that an operator may change is a variable of ``environment.Environment``.
"""

from __future__ import annotations

from pathlib import Path

import dj_email_url

from iac_platform.cache.configuration import caches
from iac_platform.gateway import defaults as gateway
from iac_platform.gateway.logs import logging_settings
from iac_platform.settings.databases import databases
from iac_platform.settings.environment import Environment
from iac_platform.settings.unfold import UNFOLD as UNFOLD

ENVIRONMENT = Environment.read()
BASE_DIR = Path(__file__).resolve().parents[2]

SECRET_KEY = ENVIRONMENT.secret_key
SECRET_KEY_FALLBACKS = ENVIRONMENT.secret_key_fallbacks
# Signs the audit logs' chains; the first signs, all verify (docs/audit-log.md).
AUDIT_KEYS = ENVIRONMENT.audit_keys or [SECRET_KEY, *SECRET_KEY_FALLBACKS]
# Seal secrets in the database; the first seals, all unseal (docs/operations/encryption-keys.md).
ENCRYPTION_KEYS = ENVIRONMENT.encryption_keys or [SECRET_KEY, *SECRET_KEY_FALLBACKS]
# A transaction that waits longer for its tenant's chain is given up, and answered with 503.
AUDIT_LOCK_SECONDS = 5.0
DEBUG = ENVIRONMENT.debug
RELEASE = "0.1.0"
BASE_DOMAIN = ENVIRONMENT.base_domain

# Hosts are decided by the tenant middleware: a host is served when a verified domain says so.
ALLOWED_HOSTS = ["*"]
# The port in links that commands print; requests tell theirs.
PUBLIC_PORT = str(ENVIRONMENT.public_port or "")
# Hosts that belong to no tenant: there the token decides whose request it is.
BARE_HOSTS = {BASE_DOMAIN, "localhost", "127.0.0.1", "[::1]"}
# Paths that belong to nobody, whatever the host.
TENANTLESS_PATHS = {"/healthz", "/readyz", "/metrics"}

# Paths where somebody accepts the invitation that opens their tenant.
INVITATION_PAGE = "/invitation/"
INVITATION_PATHS = {INVITATION_PAGE, "/admin/invitation/", "/api/v1/invitations/accept/"}
# Days in which an invitation can be accepted.
INVITATION_DAYS = 14

# --- Applications -------------------------------------------------------------------
# Shared apps have their tables in `public`, tenant apps in every placement.
SHARED_APPS = [
    "tenants",
    "django_tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "iac_platform.admin",
    "unfold",
    "unfold.contrib.filters",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "procrastinate.contrib.django",
]
TENANT_APPS = [
    "tenants.quotas",
    "rbac",
    "sso.sign_in",
    "sso.second_factors",
    "sso.emails",
    "sso.provisioning",
    "sso.email_domains",
    "sso.login_events",
    "sso.saml",
    "sso.oidc",
    "sso.workload_identity",
    "sso.oauth",
    "sso.scim",
    "blueprints.catalog",
    "django.contrib.admin",
]
INSTALLED_APPS = [
    *SHARED_APPS,
    *TENANT_APPS,
    *(["deployment.demo"] if ENVIRONMENT.demo else []),
]

TENANT_MODEL = "tenants.Placement"
TENANT_DOMAIN_MODEL = "tenants.Domain"
# Tenants' own domains: where they point, who is asked for the proof and how long, and how
# much a tenant may have asked (docs/domains.md).
CUSTOM_DOMAIN_TARGET = ENVIRONMENT.custom_domain_target or BASE_DOMAIN
DNS_NAMESERVERS = ENVIRONMENT.dns_nameservers
DNS_SECONDS = 5.0
UNVERIFIED_DOMAINS = 10
DOMAIN_CHECKS = {"checks": 20, "seconds": 600}
# How often metadata of identity providers are fetched for a tenant.
SAML_METADATA_FETCHES = {"fetches": 20, "seconds": 600}
# How long the address of a renamed tenant redirects to the new one.
FORMER_ADDRESS_DAYS = 90
# Standard tenants share pools of this size; a full pool opens the next.
POOL_CAPACITY = 500
# The provisioner opens the next pool when fewer places than these are left in all of them.
POOL_RESERVE = 50
# Background jobs: each app's tasks stand in its tasks.py (docs/operations/jobs.md).
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
# How long a tenant's writes are refused at most when it moves; a move that needs longer fails.
MOVE_FENCE_SECONDS = 60
# Days in which a deletion can be taken back.
TENANT_DELETION_GRACE_DAYS = ENVIRONMENT.tenant_deletion_grace_days
# One folder for each tenant.
FILES_ROOT = Path(ENVIRONMENT.files_root or BASE_DIR / "var" / "files")

# --- Database -----------------------------------------------------------------------
DATABASES = databases(ENVIRONMENT.database_url, ENVIRONMENT.database_owner_url)
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
SILENCED_SYSTEM_CHECKS = [
    # Usernames are unique within a tenant; PasswordBackend looks no further.
    "auth.W004",
    # TenantSessionMiddleware is a SessionMiddleware; the check looks for its name.
    "admin.E410",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People -------------------------------------------------------------------------
AUTH_USER_MODEL = "rbac.User"
AUTHENTICATION_BACKENDS = ["sso.sign_in.backends.PasswordBackend"]
# Passwords that a process hashes at the same time, and that wait for their turn: each takes
# about 100 MB and 0.1 s.
PASSWORD_HASHING = {"at_once": 2, "waiting": 3, "of_one_tenant": 3}
# Documents from so many bytes on, with their modules, that a process works on at the same time:
# fewer than its threads (WEB_THREADS), so that some are left for all other requests.
LARGE_DOCUMENTS = {"bytes": 32 * 1024, "in_all": 2, "of_one_tenant": 1}
LOGIN_URL = "/login/"
LOGOUT_REDIRECT_URL = LOGIN_URL
# Where people find what is their own: tokens, sessions, their password.
ACCOUNT_PAGE = "/account/"
ACCOUNT_PASSWORD_PAGE = "/account/password/"  # noqa: S105  # an address
PASSWORD_HASHERS = [
    "rbac.password_hashing.BoundedArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "sso.sign_in.session_store"
SESSION_COOKIE_AGE = 8 * 60 * 60

# --- E-mail --------------------------------------------------------------------------
# Without EMAIL_URL nothing is sent, and nothing waits to be.
SENDS_EMAIL = bool(ENVIRONMENT.email_url)
_EMAIL = dj_email_url.parse(ENVIRONMENT.email_url or "dummy://")
EMAIL_BACKEND = _EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _EMAIL["EMAIL_HOST"], _EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _EMAIL["EMAIL_HOST_USER"], _EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _EMAIL["EMAIL_USE_TLS"], _EMAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENVIRONMENT.email_from or f"no-reply@{ENVIRONMENT.base_domain}"

# --- HTTP ---------------------------------------------------------------------------
ROOT_URLCONF = "iac_platform.urls"
WSGI_APPLICATION = "iac_platform.wsgi.application"
SECURE = ENVIRONMENT.secure
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE
# Probes come from inside, past whatever ends TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
X_FRAME_OPTIONS = "DENY"
if ENVIRONMENT.trusted_proxy_count:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

MIDDLEWARE = [
    *gateway.MIDDLEWARE_BEFORE,
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.middleware.TenantMiddleware",
    "tenants.middleware.TenantSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "sso.sign_in.middleware.SessionUserMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    *gateway.MIDDLEWARE_AFTER,
]
CSRF_FAILURE_VIEW = gateway.CSRF_FAILURE_VIEW
CONTENT_SECURITY_POLICIES = gateway.CONTENT_SECURITY_POLICIES
DATA_UPLOAD_MAX_MEMORY_SIZE = gateway.DATA_UPLOAD_MAX_MEMORY_SIZE
FILE_UPLOAD_MAX_MEMORY_SIZE = gateway.FILE_UPLOAD_MAX_MEMORY_SIZE
FILE_UPLOAD_HANDLERS = gateway.FILE_UPLOAD_HANDLERS
ANONYMOUS_BODY_MAX_BYTES = gateway.ANONYMOUS_BODY_MAX_BYTES
API_PREFIXES = gateway.API_PREFIXES
REST_FRAMEWORK = {
    **gateway.REST_FRAMEWORK,
    "DEFAULT_AUTHENTICATION_CLASSES": ["rbac.rest.authentication.TokenAuthentication"],
    "NUM_PROXIES": ENVIRONMENT.trusted_proxy_count,
}
RATE_LIMITS = gateway.RATE_LIMITS
SPECTACULAR_SETTINGS = {
    **gateway.spectacular_settings(RELEASE),
    # Fields of one name with different choices, each under its name in the OpenAPI document.
    "ENUM_NAME_OVERRIDES": {
        "PresetEnum": "sso.saml.models.Preset",
        "OidcPresetEnum": "sso.oidc.models.Preset",
        "ProviderKindEnum": "sso.provisioning.models.ProviderKind",
        "LoginKindEnum": "sso.login_events.models.KINDS",
    },
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
# Pages write moments in one way, with their zone.
FORMAT_MODULE_PATH = "iac_platform.admin.formats"

# --- Cache, logs, health ------------------------------------------------------------
CACHES = caches(ENVIRONMENT.redis_url or None)
LOGGING = logging_settings(level=ENVIRONMENT.log_level, as_json=not DEBUG)
METRICS_TOKEN = ENVIRONMENT.metrics_token
