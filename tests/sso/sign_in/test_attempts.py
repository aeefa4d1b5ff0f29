"""Passwords can be tried a number of times, and trying harms nobody else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher

from iac_platform.cache import CacheUnavailable
from iac_platform.cache.ledger import Ledger
from rbac import attempts, password_hashing
from rbac.attempts import networks_of
from rbac.password_hashing import BoundedArgon2PasswordHasher, PasswordsBusy
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.conftest import Person, Rivals

PASSWORD = "correct horse battery staple"
WRONG, IN, LIMITED = 200, 302, 429
TRIES_AT_ACCOUNT, TRIES_FROM_NETWORK, TRIES_FROM_SITE = 4, 12, 30


@pytest.fixture
def name() -> str:
    """A name that was never tried: counters outlive the tests."""
    return f"user-{uuid4().hex}"


@pytest.fixture
def address() -> Callable[[], str]:
    """Addresses that nothing was ever tried from, each in a network of its own."""
    prefix = uuid4().hex[:8]
    return lambda: f"2001:db8:{prefix[:4]}:{uuid4().hex[:4]}::1"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed, as they are."""
    seen: list[str] = []
    original = MD5PasswordHasher.encode

    def noted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        seen.append(password)
        return original(self, password, salt)

    # To verify, it encodes again and compares.
    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    return seen


@pytest.fixture(autouse=True)
def _low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted is the same at every figure, and each try takes its time."""
    monkeypatch.setattr(attempts, "TRIES_AT_ACCOUNT", TRIES_AT_ACCOUNT)
    monkeypatch.setattr(attempts, "TRIES_FROM_NETWORK", TRIES_FROM_NETWORK)
    monkeypatch.setattr(attempts, "TRIES_FROM_SITE", TRIES_FROM_SITE)


def add(tenant: Tenant, username: str) -> None:
    with tenant_scope(tenant):
        create_user(username=username, password=PASSWORD, actor=ACTOR)


class Somebody(AdminClient):
    """Somebody who tries to sign in, always from one address."""

    def __init__(self, tenant: Tenant, address: str) -> None:
        super().__init__(tenant)
        self.address = address

    def tries(self, username: str, password: str, address: str = "") -> int:
        """Try, and start anew; the status of the answer."""
        form = {"username": username, "password": password}
        answer = self.post("/login/", form, REMOTE_ADDR=address or self.address)
        self.cookies.pop("sessionid", None)
        return answer.status_code


def test_guessing_is_cut_off_even_with_the_right_password_in_the_end(
    tenant: Tenant, name: str, address: Callable[[], str]
) -> None:
    add(tenant, name)
    guesser = Somebody(tenant, address())
    for attempt in range(TRIES_AT_ACCOUNT):
        assert guesser.tries(name, f"guess {attempt}") == WRONG
    assert guesser.tries(name, PASSWORD) == LIMITED
    assert Somebody(tenant, address()).tries(name, PASSWORD) == IN


def test_whoever_is_cut_off_is_told_for_how_long(
    acme: Tenant, name: str, address: Callable[[], str]
) -> None:
    here = address()
    for _ in range(TRIES_AT_ACCOUNT):
        Somebody(acme, here).tries(name, "guess")
    form = {"username": name, "password": "guess"}
    answer = AdminClient(acme).post("/login/", form, REMOTE_ADDR=here)
    assert (answer.status_code, 0 < int(answer["Retry-After"]) <= 300) == (LIMITED, True)
    assert "Try again in" in answer.content.decode()


def test_what_an_attacker_tries_locks_nobody_else_out(
    tenant: Tenant, name: str, address: Callable[[], str]
) -> None:
    """A hundred and one tries used to block the right password from everywhere."""
    add(tenant, name)
    for _ in range(6):
        attacker = Somebody(tenant, address())
        for _ in range(TRIES_AT_ACCOUNT + 5):
            attacker.tries(name, "guess")
    assert Somebody(tenant, address()).tries(name, PASSWORD) == IN


def test_spelling_the_name_differently_is_no_way_round(
    acme: Tenant, name: str, address: Callable[[], str]
) -> None:
    guesser = Somebody(acme, address())
    spellings = (name, name.upper(), name.replace("u", "ｕ"))  # noqa: RUF001  # full width is meant
    tried = [guesser.tries(spellings[n % 3], "guess") for n in range(TRIES_AT_ACCOUNT + 1)]
    assert tried == [WRONG] * TRIES_AT_ACCOUNT + [LIMITED]


def test_many_names_from_one_network_are_cut_off_before_a_password_is_hashed(
    tenant: Tenant, name: str, address: Callable[[], str], hashed: list[str]
) -> None:
    add(tenant, name)
    hashed.clear()
    sprayer = Somebody(tenant, address())
    network = sprayer.address.removesuffix("::1")
    for attempt in range(TRIES_FROM_NETWORK):
        assert sprayer.tries(f"{name}-{attempt}", "guess", f"{network}::{attempt + 1:x}") == WRONG
    assert len(hashed) == TRIES_FROM_NETWORK
    assert sprayer.tries(name, PASSWORD) == LIMITED
    assert len(hashed) == TRIES_FROM_NETWORK
    assert Somebody(tenant, address()).tries(name, PASSWORD) == IN


def test_many_networks_of_one_site_are_cut_off_over_all_tenants(rivals: Rivals, name: str) -> None:
    add(rivals.victim, name)
    site = f"2001:db8:{uuid4().hex[:4]}"
    for attempt in range(TRIES_FROM_SITE):
        side = rivals.victim if attempt % 2 else rivals.attacker
        sprayer = Somebody(side, f"{site}:{attempt % 10:x}::1")
        assert sprayer.tries(f"{name}-{attempt}", "guess") == WRONG
    assert Somebody(rivals.victim, f"{site}:ffff::1").tries(name, PASSWORD) == LIMITED
    assert Somebody(rivals.victim, "2001:db8:ffff::1").tries(name, PASSWORD) == IN


def test_what_is_refused_uses_up_nobody_elses_tries(
    acme: Tenant, name: str, address: Callable[[], str]
) -> None:
    """A forgotten script with an old password shall not lock its whole office out."""
    add(acme, name)
    office = address()
    for _ in range(TRIES_FROM_NETWORK + 10):
        Somebody(acme, office).tries(f"{name}-script", "the old one")
    assert Somebody(acme, office).tries(name, PASSWORD) == IN


def test_signing_in_often_is_no_guessing(
    tenant: Tenant, name: str, address: Callable[[], str]
) -> None:
    add(tenant, name)
    here = address()
    tried = [Somebody(tenant, here).tries(name, PASSWORD) for _ in range(TRIES_AT_ACCOUNT + 5)]
    assert set(tried) == {IN}


def test_right_passwords_are_limited_too_by_whoever_knows_them(
    rivals: Rivals,
    name: str,
    address: Callable[[], str],
    hashed: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each costs 100 MB of Argon2 and a session, from whatever network or device."""
    monkeypatch.setattr(attempts, "SUCCESSES_AT_ACCOUNT", 6)
    add(rivals.attacker, name)
    add(rivals.victim, name)
    device = Somebody(rivals.attacker, address())
    # What fails elsewhere counts for nothing here.
    for _ in range(10):
        assert Somebody(rivals.attacker, address()).tries(name, "guess") == WRONG
    tried = [device.tries(name, PASSWORD) for _ in range(3)]
    tried += [Somebody(rivals.attacker, address()).tries(name, PASSWORD) for _ in range(3)]
    assert tried == [IN] * 6
    hashed.clear()
    assert device.tries(name, PASSWORD) == LIMITED
    assert Somebody(rivals.attacker, address()).tries(name, PASSWORD) == LIMITED
    assert hashed == []
    assert Somebody(rivals.victim, address()).tries(name, PASSWORD) == IN


def test_the_right_password_from_a_known_device_goes_through_whatever_others_do(
    tenant: Tenant, name: str, address: Callable[[], str]
) -> None:
    add(tenant, name)
    here = address()
    owner = Somebody(tenant, here)
    assert owner.tries(name, PASSWORD) == IN
    for attempt in range(TRIES_FROM_NETWORK + TRIES_AT_ACCOUNT):
        Somebody(tenant, here).tries(name if attempt % 5 == 0 else f"{name}-{attempt}", "guess")
    assert Somebody(tenant, here).tries(name, PASSWORD) == LIMITED
    assert owner.tries(name, PASSWORD) == IN
    # Whoever sits down at it guesses no more often than anybody.
    tried = [owner.tries(name, "guess") for _ in range(TRIES_AT_ACCOUNT + 1)]
    assert tried == [WRONG] * TRIES_AT_ACCOUNT + [LIMITED]


def test_a_known_device_is_known_for_its_account_at_its_tenant_only(
    rivals: Rivals, name: str, address: Callable[[], str]
) -> None:
    other = f"{name}-other"
    for side in rivals:
        add(side, name)
    add(rivals.victim, other)
    here = address()
    attacker = Somebody(rivals.attacker, here)
    assert attacker.tries(name, PASSWORD) == IN
    [(cookie, kept)] = [(k, v) for k, v in attacker.cookies.items() if k.startswith("device-")]
    assert kept["httponly"]
    assert kept["samesite"] == "Lax"
    assert (name in kept.value, name in cookie) == (False, False)
    for target, wanted in ((rivals.victim, name), (rivals.victim, other)):
        smuggler = Somebody(target, address())
        # Under the name that the victim's own browser has for it.
        owner = Somebody(target, address())
        assert owner.tries(wanted, PASSWORD) == IN
        [theirs] = [k for k in owner.cookies if k.startswith("device-")]
        smuggler.cookies[theirs] = kept.value
        smuggler.cookies[cookie] = kept.value
        tried = [smuggler.tries(wanted, "guess") for _ in range(TRIES_AT_ACCOUNT + 1)]
        assert tried[-1] == LIMITED
        assert Somebody(target, smuggler.address).tries(wanted, PASSWORD) == LIMITED, (
            "it was counted for the network, as if there were no cookie"
        )


def test_a_device_that_is_signed_with_an_older_key_is_known_while_keys_rotate(
    acme: Tenant, name: str, address: Callable[[], str], settings: Settings
) -> None:
    add(acme, name)
    owner = Somebody(acme, address())
    assert owner.tries(name, PASSWORD) == IN
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = uuid4().hex * 2
    for _ in range(TRIES_AT_ACCOUNT + 1):
        Somebody(acme, owner.address).tries(name, "guess")
    assert Somebody(acme, owner.address).tries(name, PASSWORD) == LIMITED
    assert owner.tries(name, PASSWORD) == IN


def test_attempts_at_one_tenant_lock_nobody_out_of_another(
    rivals: Rivals, name: str, address: Callable[[], str]
) -> None:
    add(rivals.victim, name)
    here = address()
    for _ in range(TRIES_AT_ACCOUNT + 1):
        Somebody(rivals.attacker, here).tries(name, "guess")
    assert Somebody(rivals.victim, here).tries(name, PASSWORD) == IN


def test_without_redis_each_process_counts_for_itself(
    acme: Tenant, name: str, address: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any) -> Any:
        raise CacheUnavailable("The cache does not answer.")

    add(acme, name)
    monkeypatch.setattr(Ledger, "count", down)
    guesser = Somebody(acme, address())
    tried = [guesser.tries(name, "guess") for _ in range(TRIES_AT_ACCOUNT + 1)]
    assert tried == [WRONG] * TRIES_AT_ACCOUNT + [LIMITED]
    assert Somebody(acme, address()).tries(name, PASSWORD) == IN


@pytest.mark.parametrize("username", ["ada", "nobody", "robot", "invited"])
def test_every_name_costs_one_hash_and_is_answered_alike(
    acme: Tenant, person: Person, hashed: list[str], username: str, address: Callable[[], str]
) -> None:
    person(acme, "viewer", "ada", password=PASSWORD)
    person(acme, "viewer", "invited")
    hashed.clear()
    client = AdminClient(acme)
    form = {"username": username, "password": "wrong"}
    answer = client.post("/login/", form, REMOTE_ADDR=address())
    assert answer.status_code == WRONG
    assert "The username or the password is wrong" in answer.content.decode()
    assert len(hashed) == 1


@pytest.mark.parametrize(("field", "length"), [("username", 151), ("password", 201)])
def test_what_is_too_long_costs_nothing(
    acme: Tenant, hashed: list[str], field: str, length: int, address: Callable[[], str]
) -> None:
    form = {"username": "ada", "password": "guess", field: "x" * length}
    answer = AdminClient(acme).post("/login/", form, REMOTE_ADDR=address())
    assert answer.status_code == WRONG
    assert hashed == []


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("192.0.2.7", ("192.0.2.7", "192.0.2.7")),
        ("::ffff:192.0.2.7", ("192.0.2.7", "192.0.2.7")),
        ("2001:db8:1:2:3:4:5:6", ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        (None, ("unknown", "unknown")),
    ],
)
def test_an_address_counts_for_its_network(address: str | None, networks: tuple[str, str]) -> None:
    assert networks_of(address) == networks


def test_a_process_hashes_a_few_passwords_at_once_and_refuses_the_rest() -> None:
    """Each takes 100 MB: forty at once used to take 4 GB."""
    hasher = BoundedArgon2PasswordHasher()
    turn, slots = password_hashing._turn, password_hashing._slots()  # noqa: SLF001  # what is promised here
    with ThreadPoolExecutor() as threads:
        with turn(), turn():
            waiting = [threads.submit(hasher.encode, PASSWORD, "saltsaltsalt") for _ in range(3)]
            while slots[0].free:  # until all of them wait for their turn
                threading.Event().wait(0.001)
            with pytest.raises(PasswordsBusy):
                hasher.encode(PASSWORD, "saltsaltsalt")
            assert not any(each.done() for each in waiting)
        assert all(hasher.verify(PASSWORD, each.result()) for each in waiting)


def test_one_tenants_sign_ins_leave_room_for_anothers(rivals: Rivals) -> None:
    """Fourteen connections with one right password used to take every place for good."""
    turn, (places, _) = password_hashing._turn, password_hashing._slots()  # noqa: SLF001  # likewise
    hasher, free = BoundedArgon2PasswordHasher(), places.free

    def encoded(tenant: Tenant) -> str:
        with tenant_scope(tenant):
            return hasher.encode(PASSWORD, "saltsaltsalt")

    with ThreadPoolExecutor() as threads:
        with tenant_scope(rivals.attacker), turn(), turn():
            waiting = [threads.submit(encoded, rivals.attacker)]
            while places.free > free - 3:
                threading.Event().wait(0.001)
            with pytest.raises(PasswordsBusy):
                hasher.encode(PASSWORD, "saltsaltsalt")
            waiting.append(threads.submit(encoded, rivals.victim))
            while places.free > free - 4:
                threading.Event().wait(0.001)
        assert all(hasher.verify(PASSWORD, each.result()) for each in waiting)
    assert places.free == free


def test_a_busy_process_says_so_and_counts_as_no_attempt(
    acme: Tenant, name: str, address: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(acme, name)

    def busy(*_: Any) -> Any:
        raise PasswordsBusy

    here = address()
    with monkeypatch.context() as patch:
        patch.setattr(MD5PasswordHasher, "verify", busy)
        for _ in range(TRIES_AT_ACCOUNT + 1):
            assert Somebody(acme, here).tries(name, PASSWORD) == 503
    assert Somebody(acme, here).tries(name, PASSWORD) == IN


def test_a_busy_process_counts_as_no_attempt_to_change_a_password(
    acme: Tenant, name: str, address: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever met a busy process was locked out of the change, without one wrong password."""
    add(acme, name)
    here = address()
    client = Somebody(acme, here)
    client.post("/login/", {"username": name, "password": PASSWORD}, REMOTE_ADDR=here)
    new = "tangerine orbit forty-two"
    form = {"current": PASSWORD, "password": new, "password_again": new}

    def busy(*_: Any) -> Any:
        raise PasswordsBusy

    with monkeypatch.context() as patch:
        patch.setattr(MD5PasswordHasher, "verify", busy)
        for _ in range(TRIES_AT_ACCOUNT + 1):
            page = client.post("/account/password/", form, REMOTE_ADDR=here)
            assert "Try again in a few seconds." in page.content.decode()
    assert client.post("/account/password/", form, REMOTE_ADDR=here).status_code == 302
    assert Somebody(acme, here).tries(name, new) == IN
