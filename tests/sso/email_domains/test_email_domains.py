"""A verified e-mail domain leads people to the identity provider of their tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import User
from rbac.services.users import create_user
from sso.email_domains.errors import (
    EmailDomainTaken,
    InvalidEmailDomain,
    TooManyEmailDomains,
)
from sso.email_domains.models import EmailDomain
from sso.email_domains.services import email_domains
from sso.email_domains.services.email_domains import create_email_domain, verify_email_domain
from sso.saml.services.configurations import delete_configuration, update_configuration
from sso.sign_in.services.policies import set_sign_in_policy
from tenants.context import tenant_scope
from tenants.domains.lookup import LookupFailed
from tenants.domains.records import proof_of
from tenants.errors import DomainNotProven, TooManyChecks
from tests.admin_client import AdminClient
from tests.api.limits import no_rate_limits
from tests.conftest import ACTOR
from tests.sso.saml.visitors import configure
from tests.sso.sign_in.signing_in import PASSWORD, entry

if TYPE_CHECKING:
    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant
    from tests.conftest import Person, Rivals

__all__ = ["no_rate_limits"]

BUTTON = "Continue with single sign-on"
NO_PROVIDER = "No identity provider is set up for this address"


class Dns:
    """What DNS says of one domain: its proof, another text, or nothing."""

    def __init__(self, domain: EmailDomain, value: str | None = "proof") -> None:
        proof = proof_of(domain.domain, domain.challenge)
        self._name = proof.name
        self._value = proof.value if value == "proof" else value

    def texts(self, name: str) -> list[bytes]:
        """The texts.

        Raises:
            LookupFailed: it knows no such name.
        """
        if name != self._name or self._value is None:
            raise LookupFailed(f"DNS knows no {name} (NXDOMAIN).")
        return [self._value.encode()]


@pytest.fixture
def okta(tenant: Tenant) -> SamlConfiguration:
    """An identity provider."""
    return configure(tenant)


def added(tenant: Tenant, provider: SamlConfiguration, domain: str = "example.com") -> EmailDomain:
    with tenant_scope(tenant):
        return create_email_domain(
            domain=domain, provider_kind="saml", provider_id=provider.pk, actor=ACTOR
        )


def verified(
    tenant: Tenant, provider: SamlConfiguration, domain: str = "example.com"
) -> EmailDomain:
    row = added(tenant, provider, domain)
    with tenant_scope(tenant):
        return verify_email_domain(row, actor=ACTOR, source=Dns(row))


def ask(tenant: Tenant, username: str, **fields: str) -> Any:
    form = {"username": username, "single_sign_on": "1", **fields}
    return AdminClient(tenant).post("/login/", form)


def text_of(answer: Any, username: str) -> str:
    lines = answer.content.decode().replace(f'value="{username}"', "").splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line)


# --- Being led --------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["ada@example.com", "ADA@Example.COM", " a@b@example.com "])
def test_an_address_leads_to_the_provider_of_its_domain(
    tenant: Tenant, okta: SamlConfiguration, address: str
) -> None:
    verified(tenant, okta)
    page = ask(tenant, address, next="/account/tokens/")
    assert page.status_code == 200
    target = "/sso/saml/okta/login/?next=%2Faccount%2Ftokens%2F"
    assert f'content="0; url={target}"' in page.content.decode()
    assert f'href="{target}"' in page.content.decode(), (
        "for browsers that do not follow by themselves"
    )
    assert "no-store" in page["Cache-Control"]


def test_leaving_the_password_empty_is_enough(tenant: Tenant, okta: SamlConfiguration) -> None:
    verified(tenant, okta)
    answer = AdminClient(tenant).post("/login/", {"username": "ada@example.com", "password": ""})
    assert "Continue to Okta" in answer.content.decode()
    other = AdminClient(tenant).post("/login/", {"username": "ada", "password": ""})
    assert "This field is required" in other.content.decode()


def test_with_a_password_one_signs_in_by_it(
    tenant: Tenant, okta: SamlConfiguration, person: Person
) -> None:
    verified(tenant, okta)
    person(tenant, "viewer", "ada@example.com", password=PASSWORD)
    form = {"username": "ada@example.com", "password": PASSWORD}
    assert AdminClient(tenant).post("/login/", form).status_code == 302


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_an_address_of_somebody_answers_like_one_of_nobody(
    tenant: Tenant, okta: SamlConfiguration, password: str
) -> None:
    verified(tenant, okta)
    with tenant_scope(tenant):
        for name in ("ada@example.com", "ada@example.net"):
            create_user(username=name, email=name, password=PASSWORD, actor=ACTOR)
    for known, unknown in (
        ("ada@example.com", "eve@example.com"),
        ("ada@example.net", "eve@example.net"),
    ):
        answers = [ask(tenant, name, password=password) for name in (known, unknown)]
        pages = {
            (answer.status_code, text_of(answer, name), tuple(answer.cookies))
            for answer, name in zip(answers, (known, unknown), strict=True)
        }
        assert len(pages) == 1


def test_nobody_is_looked_up(
    tenant: Tenant, okta: SamlConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified(tenant, okta)
    monkeypatch.setattr(type(User.objects), "named", None)
    assert "Continue to Okta" in ask(tenant, "ada@example.com").content.decode()
    assert NO_PROVIDER in ask(tenant, "ada@example.net").content.decode()


@pytest.mark.parametrize("state", ["unverified", "disabled", "deleted", "subdomain", "no address"])
def test_nobody_is_led_without_a_verified_domain_and_an_enabled_provider(
    tenant: Tenant, okta: SamlConfiguration, state: str
) -> None:
    configure(tenant, "entra")
    address = "ada@example.com"
    if state == "unverified":
        added(tenant, okta)
    else:
        row = verified(tenant, okta)
        assert "Continue to Okta" in ask(tenant, address).content.decode()
    with tenant_scope(tenant):
        if state == "disabled":
            update_configuration(okta, actor=ACTOR, changes={"is_enabled": False})
        if state == "deleted":
            delete_configuration(okta, actor=ACTOR)
            row.refresh_from_db()
            assert (row.provider_id, row.provider_kind) == (None, "")
    address = {"subdomain": "ada@mail.example.com", "no address": "example.com"}.get(state, address)
    page = ask(tenant, address).content.decode()
    assert NO_PROVIDER in page
    assert "Continue to" not in page


def test_two_tenants_may_verify_one_domain_and_know_nothing_of_each_other(rivals: Rivals) -> None:
    for each, slug in ((rivals.attacker, "okta"), (rivals.victim, "entra")):
        configure(each, slug)
    with tenant_scope(rivals.victim):
        theirs = rivals.victim
    okta, entra = configure(rivals.attacker, "okta-2"), configure(rivals.victim, "entra-2")
    verified(rivals.attacker, okta)
    assert NO_PROVIDER in ask(theirs, "ada@example.com").content.decode()
    verified(theirs, entra)
    assert "Continue to Entra-2" in ask(theirs, "ada@example.com").content.decode()
    assert "Continue to Okta-2" in ask(rivals.attacker, "ada@example.com").content.decode()


# --- The page ---------------------------------------------------------------------------
def test_the_button_is_there_once_a_domain_leads_somewhere(
    tenant: Tenant, okta: SamlConfiguration
) -> None:
    client = AdminClient(tenant)
    added(tenant, okta, "example.org")
    assert BUTTON not in client.get("/login/").content.decode()
    verified(tenant, okta)
    page = client.get("/login/").content.decode()
    assert page.index("Sign in</button>") < page.index(BUTTON), "Enter signs in"
    with tenant_scope(tenant):
        boss = create_user(username="boss", password=PASSWORD, roles=["admin"], actor=ACTOR)
        set_sign_in_policy(requires_sso=True, break_glass=[boss.pk], actor=ACTOR)
    page = client.get("/login/").content.decode()
    assert page.index('name="username"') < page.index(BUTTON) < page.index("<details>")
    assert page.count('name="username"') == 1
    form_shown = page.partition("novalidate>")[2]
    first = form_shown[form_shown.index('<button type="submit"') :].partition(">")[0]
    assert "single_sign_on" not in first, "Enter in the password field signs in by it"
    form = {"username": "boss", "password": PASSWORD}
    assert client.post("/login/", form).status_code == 302


# --- Verifying --------------------------------------------------------------------------
def test_a_domain_is_proven_by_its_own_record(tenant: Tenant, okta: SamlConfiguration) -> None:
    row = added(tenant, okta)
    with tenant_scope(tenant):
        for value in (None, "iac-verify=somebody-elses"):
            with pytest.raises(DomainNotProven):
                verify_email_domain(row, actor=ACTOR, source=Dns(row, value))
            row.refresh_from_db()
            assert row.verified_at is None
            assert row.failure
        done = verify_email_domain(row, actor=ACTOR, source=Dns(row))
        assert done.verified_at is not None
        assert done.failure == ""
        with pytest.raises(DomainNotProven):
            verify_email_domain(row, actor=ACTOR, source=Dns(row, None))
        row.refresh_from_db()
        assert row.verified_at == done.verified_at, "what is verified stays so"
    assert entry(tenant, "email_domain.verify").changes["verified_at"][0] is None


def test_dns_is_asked_so_often_only(tenant: Tenant, okta: SamlConfiguration, settings: Any) -> None:
    row = added(tenant, okta)
    settings.DOMAIN_CHECKS = {"checks": 0, "seconds": 600}
    with tenant_scope(tenant), pytest.raises(TooManyChecks):
        verify_email_domain(row, actor=ACTOR, source=Dns(row))


@pytest.mark.parametrize("domain", ["", "no domain", "a@b.example", "x.localhost", "-a.example"])
def test_what_is_no_domain_is_refused(
    tenant: Tenant, okta: SamlConfiguration, domain: str, settings: Any
) -> None:
    settings.BASE_DOMAIN = "localhost"
    with pytest.raises(InvalidEmailDomain):
        added(tenant, okta, domain)
    assert added(tenant, okta, "Bücher.example").domain == "xn--bcher-kva.example"


def test_there_are_so_many_and_each_once(
    tenant: Tenant, okta: SamlConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(tenant, okta)
    with pytest.raises(EmailDomainTaken):
        added(tenant, okta, "EXAMPLE.com")
    monkeypatch.setattr(email_domains, "MOST_DOMAINS", 2)
    added(tenant, okta, "example.net")
    with pytest.raises(TooManyEmailDomains):
        added(tenant, okta, "example.org")


# --- The admin --------------------------------------------------------------------------
def test_the_admin_adds_and_changes_them(
    tenant: Tenant, okta: SamlConfiguration, person: Person
) -> None:
    entra = configure(tenant, "entra")
    admin = AdminClient(tenant, person(tenant, "admin"))
    result = admin.submit(
        "email_domains_emaildomain_add", domain="example.com", provider=f"saml {okta.pk}"
    )
    assert result.status_code == 302
    with tenant_scope(tenant):
        row = EmailDomain.objects.get()
    assert row.provider_id == okta.pk
    page = admin.get(f"/admin/email_domains/emaildomain/{row.pk}/change/").content.decode()
    assert f"iac-verify={row.challenge}" in page
    result = admin.submit(
        "email_domains_emaildomain_change",
        row.pk,
        provider=f"saml {entra.pk}",
        seen_revision=row.revision,
    )
    assert result.status_code == 302
    with tenant_scope(tenant):
        row.refresh_from_db()
    assert row.provider_id == entra.pk
