"""Settings of the stock project; ``STOCK_TUNED`` changes what an experienced operator would.

Sources: django-tenants' "Installation" and "Using django-tenants", REST framework's "Quickstart"
and ``TokenAuthentication``, and the settings that ``django-admin startproject`` writes.
"""

from __future__ import annotations

import os

import dj_database_url

TUNED = bool(os.environ.get("STOCK_TUNED"))

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "stock_site.urls"
WSGI_APPLICATION = "stock_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

# Through PgBouncer in transaction mode django-tenants mixes tenants up: both connect directly.
DATABASES = {
    "default": dj_database_url.parse(
        os.environ["STOCK_DATABASE_URL"],
        engine="django_tenants.postgresql_backend",
        conn_max_age=600 if TUNED else 0,
    )
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
# Sends the search path when the tenant changes, not before each query.
TENANT_LIMIT_SET_CALLS = TUNED
TENANT_MODEL = "stock_customers.Client"
TENANT_DOMAIN_MODEL = "stock_customers.Domain"

SHARED_APPS = [
    "django_tenants",
    "stock_customers",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
]
TENANT_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "rest_framework.authtoken",
    "stock_catalog",
]
INSTALLED_APPS = [
    *SHARED_APPS,
    *(name for name in TENANT_APPS if name not in SHARED_APPS),
    "rest_framework",
]

MIDDLEWARE = [
    "django_tenants.middleware.main.TenantMainMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 25,
}
LOGGING = {"version": 1, "root": {"level": "ERROR"}}
