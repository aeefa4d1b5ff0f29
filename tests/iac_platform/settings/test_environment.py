"""The environment is read once, typed, and described where operators look."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from deployment.server.commands import VARIABLES
from iac_platform.settings.environment import Environment

PAGE = Path(__file__).parents[3] / "docs" / "operations" / "configuration.md"
GOOD = {
    "SECRET_KEY": "a" * 50,
    "DATABASE_URL": "postgresql://iac_app@localhost/iac",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with what is needed and nothing else."""
    for name in described():
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def described() -> set[str]:
    """The variables that the page has a row for."""
    return set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE.read_text(), re.MULTILINE))


def test_every_variable_is_described_and_no_other() -> None:
    names = {field.name.upper() for field in fields(Environment)} - {"DEMO"} | {"IAC_DEMO"}
    assert described() == names | set(VARIABLES)


def test_what_is_needed_is_enough_and_safe(environment: pytest.MonkeyPatch) -> None:
    del environment
    read = Environment.read()
    assert (read.debug, read.demo, read.secure) == (False, False, True)
    assert (read.database_owner_url, read.metrics_token) == ("", "")


@pytest.mark.parametrize("name", GOOD)
def test_what_is_missing_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(ImproperlyConfigured, match=name):
        Environment.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("DEBUG", "perhaps"),
        ("TRUSTED_PROXY_COUNT", "many"),
        ("DNS_NAMESERVERS", "dns.example"),
        ("DNS_NAMESERVERS", "192.0.2.53:port"),
        ("DATABASE_URL", "sqlite:///iac.db"),
        ("DATABASE_URL", "iac_app@localhost/iac"),
        ("DATABASE_URL", "postgres://iac_app:a/b@localhost:5432/iac"),
        ("DATABASE_URL", "postgres://iac_app@localhost:port/iac"),
        ("DATABASE_URL", "postgres://iac_app@localhost"),
        ("DATABASE_URL", "postgres://iac_app@[localhost/iac"),
        ("DATABASE_OWNER_URL", "http://localhost/iac"),
        ("DATABASE_OWNER_URL", "postgres://iac_owner@localhost:99999/iac"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://localhost:port/0"),
        ("REDIS_URL", "redis://localhost/cache"),
        ("BASE_DOMAIN", "https://iac.example"),
        ("BASE_DOMAIN", "iac.example:8000"),
        ("BASE_DOMAIN", ""),
        ("CUSTOM_DOMAIN_TARGET", "edge.iac.example/path"),
        ("CUSTOM_DOMAIN_TARGET", "b ü.example"),
    ],
)
def test_what_is_malformed_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        Environment.read()


def test_a_malformed_url_is_not_shown_with_its_password(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", "postgres://iac_app:sesame/open@localhost/iac")
    with pytest.raises(ImproperlyConfigured, match="%XX") as refusal:
        Environment.read()
    assert "sesame" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://iac_app:a%2Fb@[::1]:5432/iac?sslmode=require"),
        ("DATABASE_URL", "postgresql://iac_app@%2Fvar%2Frun%2Fpostgresql/iac"),
        ("DATABASE_OWNER_URL", ""),
        ("REDIS_URL", "redis://:secret@127.0.0.1:6379/3"),
        ("REDIS_URL", "rediss://cache.example"),
        ("REDIS_URL", "unix:///run/redis.sock?db=1"),
        ("BASE_DOMAIN", "localhost"),
    ],
)
def test_what_is_right_is_read_as_it_stands(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    assert getattr(Environment.read(), name.lower()) == value


def test_host_names_are_read_as_dns_has_them(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("BASE_DOMAIN", "Bücher.Example")
    environment.setenv("CUSTOM_DOMAIN_TARGET", "edge.iac.example.")
    read = Environment.read()
    assert (read.base_domain, read.custom_domain_target) == (
        "xn--bcher-kva.example",
        "edge.iac.example",
    )


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("", []),
        ("192.0.2.53", ["192.0.2.53:53"]),
        ("192.0.2.53:5353, 192.0.2.54", ["192.0.2.53:5353", "192.0.2.54:53"]),
        ("2001:db8::53,[2001:db8::53]:5353", ["[2001:db8::53]:53", "[2001:db8::53]:5353"]),
    ],
)
def test_name_servers_have_a_port(
    environment: pytest.MonkeyPatch, value: str, read: list[str]
) -> None:
    environment.setenv("DNS_NAMESERVERS", value)
    assert Environment.read().dns_nameservers == read
