"""Secrets that lie in a store: a variable says where, and nobody gives its value.

What is written here is a place, never a secret, and what signs in to a store is found in the
environment of whoever runs Terraform. Names have the alphabets that the stores document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds import regions
from blueprints.catalog.component_types import fields
from blueprints.catalog.problems import Problem, quoted

from .model import StoredSecret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .drafts import Draft

_PATH = "[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*"
_ARN = "arn:[a-z-]+:{service}:[a-z0-9-]+:[0-9]{{12}}:{kind}"


def _text(
    description: str, pattern: str, example: str, *, longest: int, shortest: int = 1
) -> dict[str, Any]:
    return fields.text(
        description,
        max_length=longest,
        min_length=shortest,
        pattern=pattern,
        examples=[example],
        literal=True,
    )


def _key(description: str) -> dict[str, Any]:
    return _text(description, "^[A-Za-z0-9_.-]+$", "password", longest=128)


_REVISION = fields.integer(
    "Raise it when the secret was changed in the store: what is written without being kept in the "
    "state is written anew then.",
    minimum=1,
    maximum=1_000_000,
    default=1,
    literal=True,
)


@dataclass(frozen=True, slots=True)
class Store:
    """A store of secrets.

    Attributes:
        title: its name.
        clouds: whose documents can name it.
        settings: what says where a secret is in it.
        required: those that must be there.
        source: where the alphabets of its names are documented.
    """

    title: str
    clouds: tuple[str, ...]
    settings: Mapping[str, Any]
    required: tuple[str, ...]
    source: str


STORES: Mapping[str, Store] = {
    "secrets_manager": Store(
        "AWS Secrets Manager",
        ("aws",),
        {
            "id": _text(
                "The secret's name or ARN.",
                f"^({_ARN.format(service='secretsmanager', kind='secret:')})?[A-Za-z0-9/_+=.@-]+$",
                "shop/database",
                longest=640,
            ),
            "key": _key("The member, of a secret that is a JSON object."),
        },
        ("id",),
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html",
    ),
    "ssm_parameter": Store(
        "AWS Systems Manager",
        ("aws",),
        {
            "name": _text(
                "The parameter's name or ARN.",
                f"^(({_ARN.format(service='ssm', kind='parameter')})?/)?{_PATH}$",
                "/shop/database/password",
                longest=1011,
            )
        },
        ("name",),
        "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html",
    ),
    "key_vault": Store(
        "Azure Key Vault",
        ("azure",),
        {
            "vault": _text(
                "The vault.", "^[A-Za-z](-?[A-Za-z0-9])+$", "shop-vault", longest=24, shortest=3
            ),
            "name": _text(
                "The secret's name.", "^[A-Za-z0-9-]+$", "database-password", longest=127
            ),
        },
        ("vault", "name"),
        "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules",
    ),
    "secret_manager": Store(
        "Google Secret Manager",
        ("google",),
        {
            "project": _text(
                "The project; the provider's own unless given.",
                "^[a-z][a-z0-9-]*[a-z0-9]$",
                "shop-production",
                longest=30,
                shortest=6,
            ),
            "name": _text("The secret's name.", "^[A-Za-z0-9_-]+$", "database", longest=255),
        },
        ("name",),
        "https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create",
    ),
    "vault": Store(
        "HashiCorp Vault",
        ("aws", "azure", "google"),
        {
            "mount": _text(
                "Where the engine, KV of version 2, is mounted.",
                f"^{_PATH}$",
                "secret",
                longest=256,
            ),
            "path": _text("The secret's path in it.", f"^{_PATH}$", "shop/database", longest=512),
            "key": _key("The member of it."),
        },
        ("mount", "path", "key"),
        "https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2",
    ),
}

#: A variable's ``from``.
SCHEMA: dict[str, Any] = {
    **fields.record(
        "The store that holds the secret, and where in it: no value is asked for.",
        {
            name: fields.record(
                f"A secret in {store.title}.",
                {**store.settings, "revision": _REVISION},
                required=store.required,
            )
            for name, store in STORES.items()
        },
    ),
    "minProperties": 1,
    "maxProperties": 1,
}


def read(given: Mapping[str, Any] | None) -> StoredSecret | None:
    """Return where a secret is, of a ``from`` that has the right shape."""
    for name, settings in (given or {}).items():
        rest = {key: value for key, value in settings.items() if key != "revision"}
        return StoredSecret(name, rest, settings.get("revision", 1))
    return None


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield variables whose store the document's cloud does not read, or not in that place."""
    for variable in draft.variables.values():
        stored, path = variable.stored, ("variables", variable.name, "from")
        if stored is None or draft.cloud is None:
            continue
        if draft.cloud not in STORES[stored.store].clouds:
            fitting = [name for name, store in STORES.items() if draft.cloud in store.clouds]
            message = (
                f"What is built on {draft.cloud} does not read {STORES[stored.store].title}: "
                f"take {' or '.join(fitting)}."
            )
            yield Problem.error((*path, stored.store), message, "wrong-store")
        else:
            yield from _place_problems(stored, (*path, stored.store), draft)


def _place_problems(stored: StoredSecret, path: tuple[str, ...], draft: Draft) -> Iterator[Problem]:
    """Yield ARNs of another partition or region: the document's own provider reads the secret."""
    provider = draft.providers[""]
    if not provider.region:
        return
    wanted = regions.partition(draft.cloud or "", provider.region)
    for name, value in stored.settings.items():
        if not value.startswith("arn:"):
            continue
        _, partition, _, region, *_ = value.split(":")
        if partition != wanted:
            message = f"{provider.region} is in partition {wanted}, where {quoted(value)} is not."
            yield Problem.error((*path, name), message, "wrong-value")
        elif region != provider.region and not provider.region_variable:
            message = f"{quoted(value)} is read in {provider.region}, where it is not."
            yield Problem.error((*path, name), message, "wrong-value")
