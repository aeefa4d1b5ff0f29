"""A real identity provider: SimpleSAMLphp from Debian's packages, in a folder of its own.

It calls itself by https URLs, as in production; the client here knows that they lead to a port on
loopback. Its people are those of its configuration: ``ada`` and ``eve``, password ``secret``.
"""

from __future__ import annotations

import json
import subprocess
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import requests
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import html

from deployment.local.ports import free_port
from deployment.local.system_programs import SIMPLESAMLPHP
from sso.saml.protocol import keys, names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sso.saml.protocol.keys import KeyPair
    from sso.saml.protocol.parties import ServiceProvider

BASE = "https://idp.example.test/"
ELSEWHERE = "https://intranet.example.test/"  # where it may lead people after logout


def entity_id_at(base: str) -> str:
    """What an identity provider at a URL calls itself."""
    return f"{base}saml2/idp/metadata.php"


ENTITY_ID = entity_id_at(BASE)
PEOPLE = {
    f"{name}:secret": {"mail": [f"{name}@example.com"], "groups": ["Engineers", name.title()]}
    for name in ("ada", "eve")
}
_READ_METADATA = (
    "$of = SimpleSAML\\Metadata\\SAMLParser::parseString(stream_get_contents(STDIN));"
    "echo json_encode($of->getMetadata20SP());"
)
_START_SECONDS = 30
_MAX_STEPS = 12


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a browser leaves the identity provider for the service provider, and with what."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


class SimpleSamlPhp:
    """One identity provider on a free port; ``stop`` ends it.

    Attributes:
        base: the URL that it calls itself by.
        entity_id: its name as an identity provider.
    """

    def __init__(self, folder: Path, signing: KeyPair, base: str = BASE) -> None:
        self.base, self.entity_id = base, entity_id_at(base)
        self.port = free_port()
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        for name in ("cert", "data", "log", "metadata", "sessions", "temp"):
            (folder / name).mkdir()
        self._write("config.php", "config", self._config())
        people = {"0": "exampleauth:UserPass", **PEOPLE}
        self._write("authsources.php", "config", {"people": people})
        self.sign_with(signing)
        self.trust()

    def trust(self, *partners: tuple[ServiceProvider, Mapping[str, Any]]) -> None:
        """Make these its service providers, each with what is particular about it."""
        listed = {sp.entity_id: {**_remote(sp), **extra} for sp, extra in partners}
        self._write("metadata/saml20-sp-remote.php", "metadata", listed)

    def trust_published(self, *documents: bytes, **extra: Any) -> None:
        """Make its service providers whom these metadata describe, as it reads them itself."""
        read = [json.loads(self._php(_READ_METADATA, document)) for document in documents]
        listed = {each["entityid"]: {**each, **extra} for each in read}
        self._write("metadata/saml20-sp-remote.php", "metadata", listed)

    def sign_with(self, pair: KeyPair, *, following: KeyPair | None = None) -> None:
        """Sign with one key, and publish the one that is to follow."""
        keys_of = {"idp": pair, **({"next": following} if following else {})}
        for name, each in keys_of.items():
            folder = self._folder / "cert"
            (folder / f"{name}.key").write_text(each.private_key_pem, encoding="ascii")
            (folder / f"{name}.crt").write_text(each.certificate_pem, encoding="ascii")
        following_too = {"new_privatekey": "next.key", "new_certificate": "next.crt"}
        hosted = {**_hosted(), **(following_too if following else {})}
        self._write("metadata/saml20-idp-hosted.php", "metadata", {self.entity_id: hosted})

    def browser(self) -> Browser:
        """Somebody's browser, without a session there."""
        return Browser(self.port, self.base)

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = ["php", "-S", f"127.0.0.1:{self.port}", "-t", str(SIMPLESAMLPHP / "www")]
        with (self._folder / "server.log").open("wb") as log:
            self._server = subprocess.Popen(  # noqa: S603  # fixed arguments
                command,
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            try:
                self.metadata()
            except requests.ConnectionError:
                continue
            return
        raise TimeoutError((self._folder / "server.log").read_text(encoding="utf-8"))

    def stop(self) -> None:
        """End it."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(timeout=10)

    def metadata(self) -> bytes:
        """Its metadata, as an admin would download it."""
        return self.browser().get(self.entity_id).content

    def _config(self) -> dict[str, Any]:
        folder = self._folder
        return {
            "baseurlpath": self.base,
            "certdir": f"{folder}/cert/",
            "datadir": f"{folder}/data/",
            "loggingdir": f"{folder}/log/",
            "tempdir": f"{folder}/temp",
            "session.phpsession.savepath": f"{folder}/sessions",
            "logging.handler": "file",
            "timezone": "UTC",
            "secretsalt": "only-for-tests",
            "auth.adminpassword": "only-for-tests",
            "enable.saml20-idp": True,
            "module.enable": {"exampleauth": True, "core": True, "saml": True},
            "store.type": "phpsession",
            "session.cookie.secure": False,
            "metadata.sources": [{"type": "flatfile", "directory": f"{folder}/metadata"}],
            "showerrors": True,
            "trusted.url.domains": [urlsplit(ELSEWHERE).netloc],
        }

    def _php(self, code: str, given: bytes) -> str:
        """What some code of its own libraries prints of what it is given."""
        ran = subprocess.run(  # noqa: S603  # fixed arguments
            ["php", "-r", f"require '{SIMPLESAMLPHP}/lib/_autoload.php'; {code}"],  # noqa: S607  # where the distribution has it
            input=given,
            env=self._environment(),
            capture_output=True,
            check=True,
            timeout=_START_SECONDS,
        )
        return ran.stdout.decode()

    def _environment(self) -> dict[str, str]:
        return {"SIMPLESAMLPHP_CONFIG_DIR": str(self._folder), "PATH": "/usr/bin:/bin"}

    def _write(self, name: str, variable: str, content: object) -> None:
        """A PHP file that reads its array from JSON, which needs no escaping of ours."""
        path = self._folder / name
        path.with_suffix(".json").write_text(json.dumps(content), encoding="utf-8")
        read = f"file_get_contents('{path.with_suffix('.json')}')"
        path.write_text(f"<?php ${variable} = json_decode({read}, true);", encoding="utf-8")


class Browser:
    """Follows redirects and forms at the identity provider until it is sent elsewhere.

    Attributes:
        passwords: how often it was asked for one.
    """

    def __init__(self, port: int, base: str = BASE) -> None:
        self.passwords = 0
        self._port, self._base = port, base
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, url: str) -> requests.Response:
        """Ask for one page, without following."""
        return self._ask("GET", url)

    def follow(self, url: str, fields: Mapping[str, str] | None = None) -> Arrival:
        """Go to a URL, sign in as Ada where asked, and stop where the other side begins."""
        arrival = Arrival(url, fields or {})
        for _ in range(_MAX_STEPS):
            if not arrival.url.startswith(self._base):
                return arrival
            arrival = self._step(arrival)
        raise AssertionError(f"The identity provider does not let go: {arrival.url}")

    def _step(self, arrival: Arrival) -> Arrival:
        method = "POST" if arrival.fields else "GET"
        self.passwords += "password" in arrival.fields
        page = self._ask(method, arrival.url, dict(arrival.fields))
        if "Location" in page.headers:
            return Arrival(urljoin(arrival.url, page.headers["Location"]))
        return _form(page, arrival.url)

    def _ask(
        self, method: str, url: str, fields: dict[str, str] | None = None
    ) -> requests.Response:
        parts = urlsplit(url)
        local = f"http://127.0.0.1:{self._port}{parts.path}?{parts.query}"
        return self._session.request(
            method,
            local,
            data=fields or None,
            headers={"Host": parts.netloc},
            allow_redirects=False,
            timeout=30,
        )


def _form(page: requests.Response, url: str) -> Arrival:
    """Fill in the one form of a page."""
    forms = [form for form in html.fromstring(page.content).forms if form.method == "POST"]
    assert forms, f"{url} answered {page.status_code}: {page.text[:2000]}"
    form = forms[-1]
    fields = {name: str(value or "") for name, value in form.fields.items() if name}
    if "password" in fields:
        fields |= {"username": "ada", "password": "secret"}
    return Arrival(urljoin(url, form.action or url), fields)


def _hosted() -> dict[str, Any]:
    return {
        "host": "__DEFAULT__",
        "privatekey": "idp.key",
        "certificate": "idp.crt",
        "auth": "people",
        "signature.algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "sign.logout": True,
        "redirect.validate": True,
        "validate.authnrequest": True,
        "saml20.sign.response": True,
        "saml20.sign.assertion": True,
        "authproc": {
            "10": {
                "class": "saml:AttributeNameID",
                "attribute": "mail",
                "Format": names.NAME_ID_EMAIL,
            }
        },
    }


def _remote(sp: ServiceProvider) -> dict[str, Any]:
    redirect_and_post = [
        {"Binding": binding, "Location": sp.slo_url}
        for binding in (names.REDIRECT, names.POST)
        if sp.slo_url
    ]
    return {
        "AssertionConsumerService": [{"Binding": names.POST, "Location": sp.acs_url, "index": 0}],
        "SingleLogoutService": redirect_and_post,
        "NameIDFormat": names.NAME_ID_EMAIL,
        "keys": [
            _key(sp.signing, signing=True),
            *(_key(pair, signing=False) for pair in sp.decryption[:1]),
        ],
    }


def _key(pair: KeyPair, *, signing: bool) -> dict[str, Any]:
    certificate = keys.certificate_of(pair.certificate_pem).public_bytes(Encoding.DER)
    return {
        "type": "X509Certificate",
        "X509Certificate": b64encode(certificate).decode(),
        "signing": signing,
        "encryption": not signing,
    }
