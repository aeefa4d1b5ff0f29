"""Loading, reading and signing on, each timed; see bench_saml.py."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import warnings
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import django

django.setup()

from sso.saml.protocol.assertions import Context, Expected  # noqa: E402
from tenants.models import Tier  # noqa: E402
from tests.sso.saml.protocol import drafts  # noqa: E402
from tests.sso.saml.protocol.describing import metadata_document  # noqa: E402
from tests.sso.saml.protocol.drafts import Draft, posted  # noqa: E402
from tests.sso.saml.protocol.encrypting import AES256_CBC, AES256_GCM, encrypt  # noqa: E402
from tests.sso.saml.protocol.reading import Store, read_posted  # noqa: E402
from tests.sso.saml.protocol.signing import sign  # noqa: E402
from tests.sso.saml.visitors import Idp, Visitor, configure  # noqa: E402
from tests.throwaway import ThrowawayTenants  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

STARTS = 7
LOADED = {
    "django.setup()": "",
    "and the addresses of the site": "; import iac_platform.urls",
    "and lxml, signxml and pysaml2": (
        "; import iac_platform.urls, lxml.etree, signxml, saml2.client, saml2.metadata"
    ),
}
_REPORT = (
    "; import resource as r; u = r.getrusage(r.RUSAGE_SELF); "
    "print(u.ru_utime + u.ru_stime, u.ru_maxrss)"
)


def cpu() -> float:
    """Seconds of CPU that this process and its children took."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock, and of CPU."""
    began, began_cpu = time.perf_counter(), cpu()
    work()
    return (time.perf_counter() - began) * 1000, (cpu() - began_cpu) * 1000


def show(name: str, took: list[tuple[float, float]]) -> None:
    """The medians of what was timed, without the first of each, which loads modules."""
    clock, used = (median(each[side] for each in took[1:]) for side in (0, 1))
    sys.stdout.write(f"{name:58} {clock:8.1f} ms {used:8.1f} ms of CPU\n")


def show_loading() -> None:
    """What a process takes that has loaded so much: CPU and memory, medians."""
    for name, further in LOADED.items():
        code = f"import django; django.setup(){further}{_REPORT}"
        found = [_printed(code) for _ in range(STARTS)]
        seconds, kilobytes = (median(each[side] for each in found) for side in (0, 1))
        sys.stdout.write(f"{name:58} {seconds:8.2f} s of CPU {kilobytes / 1024:8.0f} MiB\n")


def _printed(code: str) -> list[float]:
    ran = subprocess.run(  # noqa: S603  # this interpreter, and code from here
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return [float(each) for each in ran.stdout.split()]


def fresh_draft() -> Draft:
    """What the identity provider says at this moment."""
    now = datetime.now(UTC)

    def at(seconds: int) -> str:
        return (now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")

    return Draft().change(
        response_issued=at(0),
        issued=at(0),
        confirmed_until=at(300),
        not_before=at(-30),
        not_on_or_after=at(300),
        authenticated=at(0),
        session_until=at(3600),
    )


def show_reading(rounds: int) -> None:
    """Reading a response: ours, and pysaml2's."""
    with TemporaryDirectory() as folder:
        client = pysaml2_client(folder)
        for name, algorithm in (("signed", None), ("signed, AES-256-CBC", AES256_CBC)):
            # Both are signed; CBC is accepted by us inside of a signature only.
            encoded = posted(drafts.response(fresh_draft(), signs="both", encrypted=algorithm))
            for reader, read in (("this platform", ours), ("pysaml2 and xmlsec1", client)):
                took = [timed(partial(read, encoded)) for _ in range(rounds)]
                show(f"a response, {name}: {reader}", took)


def ours(encoded: str) -> None:
    """Read a response as the assertion consumer service does."""
    expected = Expected(request_id=drafts.REQUEST_ID)
    held = Context(drafts.idp(), drafts.sp(), expected, datetime.now(UTC))
    read_posted(encoded, held, Store())


def pysaml2_client(folder: str) -> Callable[[str], object]:
    """The same by pysaml2, as djangosaml2 has it do it."""
    from saml2 import BINDING_HTTP_POST  # type: ignore[import-untyped]  # noqa: PLC0415  # slow
    from saml2.client import Saml2Client  # type: ignore[import-untyped]  # noqa: PLC0415
    from saml2.config import SPConfig  # type: ignore[import-untyped]  # noqa: PLC0415

    client = Saml2Client(SPConfig().load(_pysaml2_settings(folder)))

    def read(encoded: str) -> object:
        asked = {drafts.REQUEST_ID: "/"}
        answer = client.parse_authn_request_response(encoded, BINDING_HTTP_POST, asked)
        return answer.ava

    return read


def _pysaml2_settings(folder: str) -> dict[str, Any]:
    files = {"idp.xml": metadata_document().decode()}
    for name in ("sp-signing", "sp-encryption"):
        pair = drafts.signer(name).pair()
        files |= {f"{name}.key": pair.private_key_pem, f"{name}.crt": pair.certificate_pem}
    for name, text in files.items():
        Path(folder, name).write_text(text, encoding="ascii")
    own, decrypting = (
        {"key_file": f"{folder}/{name}.key", "cert_file": f"{folder}/{name}.crt"}
        for name in ("sp-signing", "sp-encryption")
    )
    return {
        "entityid": drafts.SP_ID,
        "service": {
            "sp": {
                "endpoints": {"assertion_consumer_service": [drafts.ACS]},
                "want_assertions_signed": True,
                "want_response_signed": True,
            }
        },
        "metadata": {"local": [f"{folder}/idp.xml"]},
        **own,
        "encryption_keypairs": [decrypting],
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "allow_unknown_attributes": True,
    }


def show_sign_ons(rounds: int) -> None:
    """Whole sign-ons of one person: the request, and the response that is brought."""
    with ThrowawayTenants() as throwaway:
        for slug, encrypted in (("plain", False), ("encrypted", True)):
            tenant = throwaway(Tier.STANDARD)  # each has its own Ada
            configure(tenant, slug, requires_encryption=encrypted)
            certificate = own_certificate(tenant, slug) if encrypted else None
            begun, brought = [], []
            for _ in range(rounds):
                visitor, ids = Visitor(tenant), list[str]()
                begun.append(timed(partial(begin, visitor, slug, ids)))
                encoded = response_of(Idp(tenant, slug), ids[0], certificate)
                brought.append(timed(partial(bring, visitor, slug, encoded)))
            show(f"a sign-on, {slug}: the request", begun)
            show(f"a sign-on, {slug}: the response", brought)


def begin(visitor: Visitor, slug: str, ids: list[str]) -> None:
    """Begin a sign-on, and note the request's ID."""
    ids.append(visitor.begin(slug))


def bring(visitor: Visitor, slug: str, encoded: str) -> None:
    """Bring a response, and be signed in by it."""
    answer = visitor.bring(encoded, slug)
    if not visitor.secret():
        sys.exit(f"{slug}: nobody was signed in: {answer.status_code}")


def own_certificate(tenant: Any, slug: str) -> Any:
    """The certificate for which the identity provider encrypts."""
    from sso.saml import selectors  # noqa: PLC0415  # Django is set up by now
    from sso.saml.models import SamlConfiguration  # noqa: PLC0415
    from sso.saml.protocol.keys import certificate_of  # noqa: PLC0415
    from tenants.context import tenant_scope  # noqa: PLC0415

    with tenant_scope(tenant):
        configuration = SamlConfiguration.objects.get(slug=slug)
        sp = selectors.service_provider(configuration, "https://bench.example.test")
    return certificate_of(sp.decryption[0].certificate_pem)


def response_of(idp: Idp, request_id: str, certificate: Any) -> str:
    """A signed response, encrypted if there is a certificate."""
    from lxml import etree  # noqa: PLC0415  # after loading was measured

    draft = idp.draft(request_id)
    assertion = draft.assertion()
    by = drafts.signer()
    sign(assertion, by.key, by.certificate)
    if certificate is not None:
        assertion = encrypt(etree.tostring(assertion), certificate, AES256_GCM)
    return posted(draft.response(assertion))


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of static files, which nobody collected here
    show_loading()
    show_reading(int(sys.argv[1]))
    show_sign_ons(int(sys.argv[1]))
