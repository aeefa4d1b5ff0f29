"""Passwords can be tried a number of times, and trying harms nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from iac_platform.common.audit import SystemActor
from rbac.services.users import create_user
from rbac.sign_in import ATTEMPTS_FROM_ADDRESS
from tenants.context import tenant_scope

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant
    from tests.conftest import Rivals

PASSWORD = "correct horse battery staple"


@pytest.fixture
def name() -> str:
    """A name that was never tried: counters outlive the tests."""
    return f"user-{uuid4().hex}"


def add(tenant: Tenant, username: str) -> User:
    with tenant_scope(tenant):
        return create_user(username=username, password=PASSWORD, actor=SystemActor("tests"))


def sign_in(tenant: Tenant, username: str, password: str, address: str = "192.0.2.1") -> object:
    request = RequestFactory().post("/admin/login/", REMOTE_ADDR=address)
    with tenant_scope(tenant):
        return authenticate(request, username=username, password=password)


def test_guessing_is_cut_off_even_with_the_right_password_in_the_end(
    rivals: Rivals, name: str
) -> None:
    victim = rivals.victim
    add(victim, name)
    for attempt in range(ATTEMPTS_FROM_ADDRESS):
        assert sign_in(victim, name, f"guess {attempt}") is None
    assert sign_in(victim, name, PASSWORD) is None
    assert sign_in(victim, name, PASSWORD, address="192.0.2.2") is not None


def test_attempts_at_one_tenant_lock_nobody_out_of_another(rivals: Rivals, name: str) -> None:
    add(rivals.victim, name)
    for _ in range(ATTEMPTS_FROM_ADDRESS + 1):
        assert sign_in(rivals.attacker, name, "guess") is None
    assert sign_in(rivals.victim, name, PASSWORD) is not None


def test_signing_in_a_few_times_is_no_guessing(rivals: Rivals, name: str) -> None:
    user = add(rivals.victim, name)
    for _ in range(ATTEMPTS_FROM_ADDRESS):
        assert sign_in(rivals.victim, name, PASSWORD) == user
