"""Pages that everybody meets can be used with a screen reader, as far as axe-core can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from rbac.models import User
from rbac.services.users import create_user
from sso.email_domains.models import EmailDomain
from sso.oauth.services.devices import start_device
from sso.saml.services.configurations import create_configuration
from sso.sign_in.services.policies import set_sign_in_policy
from tenants.context import tenant_scope
from tests.browser.conftest import PASSWORD
from tests.conftest import ACTOR
from tests.sso.saml.protocol.describing import metadata_document
from tests.sso.sign_in.signing_in import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant
    from tests.browser.server import PlatformServer
    from tests.browser.visitor import Visitor
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.browser


@pytest.fixture
def home(committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant with an admin."""
    tenant = committed_tenants()
    with tenant_scope(tenant):
        create_user(username="vic", password=PASSWORD, roles=["admin"], actor=ACTOR)
    return tenant


def _trust(name: str) -> SamlConfiguration:
    metadata = metadata_document().decode()
    return create_configuration(name=name, slug=name.lower(), metadata_xml=metadata, actor=ACTOR)


def _alone(vic: User) -> None:
    del vic


def _with_providers(vic: User) -> None:
    del vic
    for name in ("Okta", "Entra"):
        _trust(name)


def _with_domain(vic: User) -> None:
    del vic
    EmailDomain.objects.create(
        domain="example.com",
        challenge="0",
        provider_kind="saml",
        provider_id=_trust("Okta").pk,
        verified_at=timezone.now(),
    )


def _with_sso_required(vic: User) -> None:
    _with_domain(vic)
    set_sign_in_policy(requires_sso=True, break_glass=[vic.pk], actor=ACTOR)


def complaints_of(person: Visitor) -> str:
    """What axe-core finds wrong with the open page."""
    found = Axe().run(person.page)
    return found.generate_report() if found.violations_count else ""


@pytest.mark.parametrize(
    "prepare",
    [_alone, _with_providers, _with_domain, _with_sso_required],
    ids=["password", "providers", "domain", "required"],
)
def test_the_login_page(
    server: PlatformServer,
    visitor: Callable[[], Visitor],
    home: Tenant,
    prepare: Callable[[User], None],
) -> None:
    with tenant_scope(home):
        prepare(User.objects.get())
    person = visitor()
    person.open(server.admin_of(home).removesuffix("admin/") + "login/")
    assert complaints_of(person) == ""
    person.page.get_by_label("Username").fill("vic")
    person.page.keyboard.press("Enter")
    person.page.locator("[aria-invalid=true], [role=alert]").first.wait_for()
    assert complaints_of(person) == "", "with an error"


def test_the_account_and_what_is_refused(
    server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant
) -> None:
    with tenant_scope(home):
        _trust("Okta")
    origin = server.admin_of(home).removesuffix("/admin/")
    person = visitor()
    person.sign_in(f"{origin}/admin/", "vic", PASSWORD)
    for page in (*PAGES, "/account/identities/", "/logout/", "/device/"):
        assert person.open(origin + page) == 200
        assert complaints_of(person) == "", page
    with tenant_scope(home):
        device = start_device(client_name="iac-cli", scopes=None, address="192.0.2.7")
    person.open(f"{origin}/device/?user_code={device.user_code}")
    person.page.get_by_role("button", name="Continue").click()
    person.page.get_by_role("heading", name="Approve this device?").wait_for()
    assert complaints_of(person) == "", "the approval of a device"
    person.page.get_by_role("button", name="Approve").click()
    person.page.get_by_role("heading", name="Device approved").wait_for()
    assert complaints_of(person) == "", "an approved device"
    person.open(f"{origin}/sso/saml/okta/slo/")
    assert complaints_of(person) == "", "a refused logout"
