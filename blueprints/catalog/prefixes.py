"""Prefixes: what the names of a blueprint's resources begin with, fixed when it is created.

A name can be changed, a prefix cannot: it stands in the names of things that run. So it is
made from the blueprint's first name and then kept apart from it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

# AWS leaves 32 characters for the name of a load balancer, the least of all.
MAX_PREFIX = 15
PREFIX_PATTERN = "^[a-z](-?[a-z0-9])*$"
PREFIX_RULE = (
    "The prefix is made of lower-case letters, digits and single hyphens between them, begins "
    f"with a letter and has at most {MAX_PREFIX} characters."
)
_DIGEST = 6
_ANY_LETTER = "b"  # where the name itself gives no beginning


@dataclass(frozen=True, slots=True)
class Reserved:
    """A beginning of names that a cloud keeps for itself.

    Attributes:
        text: what names must not begin with; the hyphen after a prefix counts.
        cloud: whose rule it is.
        source: where the cloud says so.
    """

    text: str
    cloud: str
    source: str


_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
_SSM = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"
_ELB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
_AZURE = (
    "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/"
    "error-reserved-resource-name"
)
RESERVED = (
    Reserved("amzn", "aws", _S3),
    Reserved("aws", "aws", _SSM),
    Reserved("internal-", "aws", f"{_ELB}API_CreateLoadBalancer.html"),
    Reserved(
        "sg-",
        "aws",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
    ),
    Reserved("ssm", "aws", _SSM),
    Reserved("sthree-", "aws", _S3),
    Reserved("xn-", "aws", _S3),
    Reserved("azure", "azure", _AZURE),
    Reserved("login", "azure", _AZURE),
    Reserved("microsoft", "azure", _AZURE),
    Reserved("windows", "azure", _AZURE),
    Reserved("xbox", "azure", _AZURE),
    Reserved("goog", "google", "https://cloud.google.com/storage/docs/buckets#naming"),
)


def reserved_by(prefix: str) -> Reserved | None:
    """What keeps names with this prefix out of a cloud, or None."""
    start = f"{prefix}-"
    return next((each for each in RESERVED if start.startswith(each.text)), None)


def reserved_beginnings(cloud: str) -> tuple[str, ...]:
    """What names must not begin with on a cloud."""
    return tuple(each.text for each in RESERVED if each.cloud == cloud)


def problem_with(prefix: str) -> str | None:
    """What keeps some cloud from taking a prefix in a name; None where nothing does."""
    if len(prefix) > MAX_PREFIX or not re.fullmatch(PREFIX_PATTERN, prefix):
        return PREFIX_RULE
    if reserved := reserved_by(prefix):
        return f"Names that begin with “{reserved.text}” are reserved by {reserved.cloud}."
    return None


def candidates(name: str, identity: UUID) -> Iterator[str]:
    """Yield prefixes for a new blueprint, the best first; take the first that is free.

    Args:
        name: the blueprint's name. What it says is kept whole or marked with digits of a
            hash, so that ``customer-portal-staging`` and ``customer-portal-production``
            differ, and so do two names of which no letter can be kept.
        identity: the blueprint's id, which marks a prefix that another one has.
    """
    plain = slug(name)
    if not _loses(name) and problem_with(plain) is None:
        yield plain
    else:
        yield _marked(plain, unicodedata.normalize("NFC", name))
    yield from (_marked(plain, f"{identity}:{number}") for number in count())


def of_identity(identity: UUID) -> str:
    """The prefix of a blueprint that was stored without one, by a release that knew none."""
    return _marked("", str(identity))


def slug(text: str) -> str:
    """Reduce a text to lower-case letters, digits and single hyphens between them."""
    ascii_text = _decomposed(text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def _loses(name: str) -> bool:
    """Whether a letter or digit of the name has no place in a slug; accents may go."""
    return any(each.isalnum() and not each.isascii() for each in _decomposed(name))


def _marked(plain: str, source: str) -> str:
    """Cut a slug and mark it with digits of a hash."""
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    marked = _joined(plain, digest)
    return _joined(f"{_ANY_LETTER}-{plain}", digest) if problem_with(marked) else marked


def _joined(start: str, digest: str) -> str:
    return f"{start[: MAX_PREFIX - _DIGEST - 1].rstrip('-')}-{digest}"
