"""The environment is read once, typed, and described where operators look."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

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
    assert described() == names


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
    ],
)
def test_what_is_malformed_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        Environment.read()


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
