"""What all tests share: tenants of both tiers, their people, and clients of the API.

The database is made and migrated before the run. Tests that take ``db`` run as the
application role inside a transaction that is rolled back; tests that must commit take
``committed_tenants`` instead and get tenants of their own.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis.core
import pytest
from django.conf import settings as django_settings
from django.db import connections

from iac_platform.common.audit import SystemActor
from rbac.models import User
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.models import Tenant, Tier
from tests.api_client import ApiClient
from tests.chromium import browser, chromium
from tests.internet import internet_at_hand
from tests.sso.saml.few_keys import few_keys
from tests.throwaway import ThrowawayTenants, make_tenant, platform
from tests.tiers import in_few_tiers

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

# Fixtures: pytest finds them by their names here.
__all__ = ["browser", "chromium"]

ACTOR = SystemActor("tests")
STANDING_TENANTS = {
    "acme": Tier.STANDARD,
    "globex": Tier.STANDARD,
    "umbrella": Tier.ENTERPRISE,
}
# A request leaves thousands of objects behind: at 700, a tenth of the run was collecting them.
GC_THRESHOLDS = (20_000, 10, 10)
# What people call the roles that most tests need, and their keys in rbac.system_roles.
ROLE_KEYS = {"engineer": "system-engineer"}

Person = Callable[..., User]
Api = Callable[..., ApiClient]


class Rivals(NamedTuple):
    """Two tenants of which one attacks the other, with full rights in its own."""

    attacker: Tenant
    victim: Tenant


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Have generated examples follow the seed that the head of the run shows: it replays all."""
    if config.getoption("hypothesis_seed", None) is None:
        hypothesis.core.global_force_seed = config.getoption("randomly_seed", None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sample what multiplies all tests: the tiers of tenants."""
    kept = in_few_tiers(items)
    left_out = set(items) - set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = kept


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives to the end: modules, models, the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords(django_test_environment: None) -> None:  # noqa: ARG001  # settings must be ready
    """Argon2 is slow on purpose; no test here depends on how passwords are hashed."""
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _saml_at_hand() -> Iterator[None]:
    """Configurations get one of three keys in turn, and metadata from a server of the tests."""
    with few_keys(), internet_at_hand():
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_collected_static_files(
    django_test_environment: None,  # noqa: ARG001  # settings must be ready
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """WhiteNoise warns, which is an error here, when there is no folder of collected files."""
    django_settings.STATIC_ROOT = str(tmp_path_factory.mktemp("staticfiles"))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,  # noqa: ARG001  # settings must be ready
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Instead of creating a database: give the one at hand the tenants that tests stand on."""
    with django_db_blocker.unblock():
        known = set(Tenant.objects.values_list("slug", flat=True))
        for slug, tier in STANDING_TENANTS.items():
            if slug not in known:
                make_tenant(slug, tier)
        connections.close_all()


@pytest.fixture
def transactional_db() -> None:
    """Refuse: flushing would truncate tables, which the application role may not."""
    pytest.fail("Take the fixture committed_tenants instead of transactional_db.")


@pytest.fixture
def committed_tenants(
    django_db_setup: None,  # noqa: ARG001  # the platform must be there
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[ThrowawayTenants]:
    """A factory of tenants for tests that commit: ``committed_tenants(tier)``.

    The test runs outside of any transaction; the tenants and all that they own are
    removed afterwards.
    """
    with django_db_blocker.unblock():
        try:
            with ThrowawayTenants() as throwaway:
                yield throwaway
        finally:
            connections.close_all()


def _standing(slug: str) -> Tenant:
    return Tenant.objects.select_related("placement").get(slug=slug)


@pytest.fixture
def operator(db: None) -> Tenant:  # noqa: ARG001  # opens the database
    """The operator's own tenant."""
    return platform()


@pytest.fixture
def acme(db: None) -> Tenant:  # noqa: ARG001  # opens the database
    """A standard tenant."""
    return _standing("acme")


@pytest.fixture
def globex(db: None) -> Tenant:  # noqa: ARG001  # opens the database
    """Another standard tenant, in the same pool as acme."""
    return _standing("globex")


@pytest.fixture
def umbrella(db: None) -> Tenant:  # noqa: ARG001  # opens the database
    """An enterprise tenant."""
    return _standing("umbrella")


@pytest.fixture(params=["acme", "umbrella"], ids=[Tier.STANDARD, Tier.ENTERPRISE])
def tenant(request: pytest.FixtureRequest, db: None) -> Tenant:  # noqa: ARG001  # opens the database
    """One tenant of each tier in turn."""
    return _standing(request.param)


@pytest.fixture
def in_scope(tenant: Tenant) -> Iterator[Tenant]:
    """As ``tenant``, with its scope active during the test."""
    with tenant_scope(tenant):
        yield tenant


@pytest.fixture(
    params=[("globex", "acme"), ("acme", "umbrella"), ("umbrella", "acme")],
    ids=["same-pool", "standard-attacks-enterprise", "enterprise-attacks-standard"],
)
def rivals(request: pytest.FixtureRequest, db: None) -> Rivals:  # noqa: ARG001  # opens the database
    """An attacking tenant and its victim: in one pool, and in either tier."""
    attacker, victim = request.param
    return Rivals(_standing(attacker), _standing(victim))


@pytest.fixture
def attacker(rivals: Rivals) -> Tenant:
    """The attacking tenant of ``rivals``."""
    return rivals.attacker


@pytest.fixture
def victim(rivals: Rivals) -> Tenant:
    """The attacked tenant of ``rivals``."""
    return rivals.victim


@pytest.fixture
def person() -> Person:
    """Makes users: ``person(tenant, "engineer")``; the same one for the same arguments.

    Roles are ``admin``, ``engineer``, ``viewer`` or any key of ``rbac.system_roles``;
    further keyword arguments go to ``create_user``.
    """
    made: dict[tuple[Any, ...], User] = {}

    def make(tenant: Tenant, role: str = "admin", username: str = "", **details: Any) -> User:
        key = (tenant.pk, role, username)
        if key not in made:
            name = username or f"{role}-of-the-test"
            with tenant_scope(tenant):
                made[key] = create_user(
                    username=name, roles=[ROLE_KEYS.get(role, role)], actor=ACTOR, **details
                )
        return made[key]

    return make


@pytest.fixture
def api(person: Person) -> Api:
    """Makes API clients: ``api(tenant, "viewer")`` at its host, with a token of that role."""

    def connect(tenant: Tenant, role: str = "admin", username: str = "") -> ApiClient:
        user = person(tenant, role, username)
        with tenant_scope(tenant):
            _, token = create_token(user, name="tests", actor=ACTOR)
        return ApiClient(tenant, user=user, token=token)

    return connect


@pytest.fixture
def anonymous() -> Callable[[Tenant | None], ApiClient]:
    """Makes API clients without credentials: ``anonymous(tenant)``."""
    return ApiClient
