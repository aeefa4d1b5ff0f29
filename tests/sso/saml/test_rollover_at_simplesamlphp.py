"""Both sides change their keys, and read each other's metadata again: a real identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sso.saml.errors import MetadataRefused
from sso.saml.models import SamlConfiguration
from sso.saml.protocol.names import NAME_ID_EMAIL
from sso.saml.services.configurations import create_configuration
from sso.saml.services.keys import rotate_key
from sso.saml.services.metadata import refresh_metadata
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.https_server import answer_of
from tests.sso.saml.protocol.drafts import signer
from tests.sso.saml.protocol.encrypting import AES256_GCM
from tests.sso.saml.published import address, server
from tests.sso.saml.simplesamlphp import SimpleSamlPhp
from tests.sso.saml.visitors import Visitor, events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenants.models import Tenant

pytestmark = pytest.mark.needs("simplesamlphp")

FIRST, SECOND = signer("real-idp").pair(), signer("next").pair()
ENCRYPTED = {"assertion.encryption": True, "sharedkey_algorithm": AES256_GCM}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleSamlPhp]:
    made = SimpleSamlPhp(tmp_path_factory.mktemp("rollover"), FIRST)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def idp(running: SimpleSamlPhp, monkeypatch: pytest.MonkeyPatch) -> SimpleSamlPhp:
    """The identity provider with its first key; its metadata are on the internet."""
    running.sign_with(FIRST)
    document: Callable[[], bytes] = running.metadata
    monkeypatch.setattr(server(), "answer", lambda browser: browser.sendall(answer_of(document())))
    return running


@pytest.fixture
def configuration(tenant: Tenant, idp: SimpleSamlPhp) -> SamlConfiguration:
    """Both have read each other's metadata."""
    with tenant_scope(tenant):
        made = create_configuration(
            name="PHP",
            slug="php",
            metadata_url=address(),
            name_id_format=NAME_ID_EMAIL,
            requires_encryption=True,
            actor=ACTOR,
        )
    read_ours(tenant, idp)
    return made


def read_ours(tenant: Tenant, idp: SimpleSamlPhp) -> None:
    """Have the identity provider read what we publish, as it reads metadata itself."""
    published = Visitor(tenant).get("/sso/saml/php/metadata/")
    idp.trust_published(published.content, **ENCRYPTED)


def sign_on(tenant: Tenant, idp: SimpleSamlPhp) -> int:
    """Begin here, sign in as Ada there, and come back: the answer's status."""
    visitor = Visitor(tenant)
    url = visitor.get("/sso/saml/php/login/")["Location"]
    arrival = idp.browser().follow(url)
    return int(visitor.post(arrival.url, dict(arrival.fields)).status_code)


def refresh(tenant: Tenant, configuration: SamlConfiguration) -> SamlConfiguration:
    with tenant_scope(tenant):
        fresh = SamlConfiguration.objects.get(pk=configuration.pk)
        return refresh_metadata(fresh, actor=ACTOR)


def rotate(tenant: Tenant, configuration: SamlConfiguration) -> None:
    with tenant_scope(tenant):
        rotate_key(configuration, actor=ACTOR)


def test_the_identity_provider_changes_its_key_and_nobody_is_kept_out(
    tenant: Tenant, idp: SimpleSamlPhp, configuration: SamlConfiguration
) -> None:
    assert sign_on(tenant, idp) == 302
    idp.sign_with(FIRST, following=SECOND)
    during = refresh(tenant, configuration)
    assert set(during.certificates) == {FIRST.certificate_pem, SECOND.certificate_pem}
    assert sign_on(tenant, idp) == 302
    idp.sign_with(SECOND)
    assert sign_on(tenant, idp) == 302, "the key was known before it was used"
    after = refresh(tenant, configuration)
    assert after.certificates == [SECOND.certificate_pem]
    assert sign_on(tenant, idp) == 302


def test_a_key_that_nobody_has_heard_of_signs_nobody_in(
    tenant: Tenant, idp: SimpleSamlPhp, configuration: SamlConfiguration
) -> None:
    idp.sign_with(SECOND)
    assert sign_on(tenant, idp) == 403
    assert events(tenant)[-1].code == "signature-invalid"
    refresh(tenant, configuration)
    assert sign_on(tenant, idp) == 302
    idp.sign_with(FIRST)
    assert sign_on(tenant, idp) == 403, "the key before is trusted no more"


def test_a_failed_refresh_leaves_what_worked(
    tenant: Tenant,
    idp: SimpleSamlPhp,
    configuration: SamlConfiguration,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = answer_of(b"<html>Maintenance</html>")
    monkeypatch.setattr(server(), "answer", lambda browser: browser.sendall(broken))
    with pytest.raises(MetadataRefused):
        refresh(tenant, configuration)
    assert sign_on(tenant, idp) == 302


def test_we_change_our_key_and_nobody_is_kept_out(
    tenant: Tenant, idp: SimpleSamlPhp, configuration: SamlConfiguration
) -> None:
    rotate(tenant, configuration)
    assert sign_on(tenant, idp) == 302, "what is published is not used yet"
    read_ours(tenant, idp)
    assert sign_on(tenant, idp) == 302
    rotate(tenant, configuration)
    assert sign_on(tenant, idp) == 302, "it encrypts for the key before, and knows the new one"
    read_ours(tenant, idp)
    assert sign_on(tenant, idp) == 302


def test_an_identity_provider_that_reads_nothing_refuses_our_new_key(
    tenant: Tenant, idp: SimpleSamlPhp, configuration: SamlConfiguration
) -> None:
    rotate(tenant, configuration)
    rotate(tenant, configuration)
    with pytest.raises(AssertionError, match="Unhandled exception"):
        sign_on(tenant, idp)
    read_ours(tenant, idp)
    assert sign_on(tenant, idp) == 302
