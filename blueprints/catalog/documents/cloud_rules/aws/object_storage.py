"""S3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
FEWEST_DAYS_INFREQUENT = 30
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


@rule(
    "aws-object-storage/reserved-name",
    limit="Bucket names do not begin with xn--, sthree- or amzn-s3-demo-, and do not end with "
    "-s3alias, --ol-s3, --x-s3 or --table-s3.",
    source=f"{_GUIDE}/bucketnamingrules.html",
    accepted=(Example({"bucket": "s3alias-reports"}), Example({"bucket": "reports-xn--x"})),
    refused=(
        Example({"bucket": "xn--reports"}, "/bucket"),
        Example({"bucket": "sthree-reports"}, "/bucket"),
        Example({"bucket": "amzn-s3-demo-reports"}, "/bucket"),
        Example({"bucket": "reports-s3alias"}, "/bucket"),
        Example({"bucket": "reports--x-s3"}, "/bucket"),
    ),
)
def reserved_name(storage: Subject) -> Iterator[Problem]:
    """The bucket's name has no part that S3 keeps for itself."""
    name = storage.text("bucket") or ""
    taken = [part for part in _PREFIXES if name.startswith(part)]
    taken += [part for part in _SUFFIXES if name.endswith(part)]
    if taken:
        place = "begin" if taken[0] in _PREFIXES else "end"
        message = f"S3 keeps names that {place} with {quoted(taken[0])} for itself: take another."
        yield Problem.error(("bucket",), message)


@rule(
    "aws-object-storage/dots",
    limit="Dots in bucket names stand alone, and a name is not an IP address.",
    source=f"{_GUIDE}/bucketnamingrules.html",
    accepted=(Example({"bucket": "acme-reports"}), Example({"bucket": "1.2.3"})),
    refused=(
        Example({"bucket": "acme..reports"}, "/bucket"),
        Example({"bucket": "192.168.5.4"}, "/bucket"),
    ),
)
def dots(storage: Subject) -> Iterator[Problem]:
    """The name is one that S3 can make a domain of."""
    name = storage.text("bucket") or ""
    if ".." in name:
        yield Problem.error(("bucket",), "S3 takes no two dots in a row: remove one.")
    elif _ADDRESS.fullmatch(name):
        message = "S3 takes no name that looks like an IP address: add a word."
        yield Problem.error(("bucket",), message)


@rule(
    "aws-object-storage/dotted-name",
    limit="The certificate of S3 covers no bucket whose name has dots.",
    source=f"{_GUIDE}/bucketnamingrules.html",
    accepted=(Example({"bucket": "www-example-com"}),),
    refused=(Example({"bucket": "www.example.com"}, "/bucket"),),
    severity="warning",
)
def dotted_name(storage: Subject) -> Iterator[Problem]:
    """Clients can reach the bucket by https under its own name."""
    if "." in (storage.text("bucket") or ""):
        message = "Browsers and many clients refuse https to a bucket whose name has dots."
        fix = "Take hyphens, unless the bucket is a website's and must be called like its domain."
        yield Problem.warning(("bucket",), message, fix=fix)


@rule(
    "aws-object-storage/archive-after-infrequent",
    limit="Objects stay 30 days in the class for rare access before they move to the archive.",
    source=f"{_GUIDE}/lifecycle-transition-general-considerations.html",
    accepted=(
        Example({"lifecycle": [{"infrequent_after_days": 30, "archive_after_days": 60}]}),
        Example({"lifecycle": [{"archive_after_days": 1}]}),
    ),
    refused=(
        Example(
            {"lifecycle": [{"infrequent_after_days": 30, "archive_after_days": 31}]},
            "/lifecycle/0/archive_after_days",
        ),
        Example(
            {"lifecycle": [{"infrequent_after_days": 90, "archive_after_days": 119}]},
            "/lifecycle/0/archive_after_days",
        ),
    ),
)
def archive_after_infrequent(storage: Subject) -> Iterator[Problem]:
    """The archive comes 30 days after the class for rare access."""
    for index, ages in enumerate(storage.listed("lifecycle")):
        rare, archive = ages.get("infrequent_after_days"), ages.get("archive_after_days")
        if rare is None or archive is None or archive <= rare:
            continue
        if archive < rare + FEWEST_DAYS_INFREQUENT:
            message = (
                f"Objects stay {FEWEST_DAYS_INFREQUENT} days in the class for rare access, where "
                f"they go after {rare}: archive them after {rare + FEWEST_DAYS_INFREQUENT} or more."
            )
            yield Problem.error(("lifecycle", index, "archive_after_days"), message)


@rule(
    "aws-object-storage/origin",
    limit="An origin of a CORS rule has at most one asterisk.",
    source=f"{_GUIDE}/ManageCorsUsing.html",
    accepted=(
        Example({"cors": [{"origins": ["https://*.example.com"], "methods": ["GET"]}]}),
        Example({"cors": [{"origins": ["*"], "methods": ["GET"]}]}),
    ),
    refused=(
        Example(
            {"cors": [{"origins": ["*", "https://*.*.example.com"], "methods": ["GET"]}]},
            "/cors/0/origins/1",
        ),
    ),
)
def origin(storage: Subject) -> Iterator[Problem]:
    """Origins are patterns that S3 understands."""
    for index, sharing in enumerate(storage.listed("cors")):
        for place, value in enumerate(sharing["origins"]):
            if isinstance(value, str) and value.count("*") > 1:
                message = f"{quoted(value)} has more than one asterisk: S3 takes one."
                yield Problem.error(("cors", index, "origins", place), message)


RULES = (
    reserved_name,
    dots,
    dotted_name,
    archive_after_infrequent,
    origin,
)

LIMITS = (
    Limit(
        "object_storage", "Names: 3 to 63 lower-case letters, digits, hyphens, dots.", "the type"
    ),
    Limit("object_storage", "Names are unique.", "the document's checks, within the document"),
    Limit("object_storage", "Objects move to rare access after 30 days or later.", "the type"),
    Limit("object_storage", "Objects expire after they have moved.", "the type"),
    Limit("object_storage", "1,000 lifecycle rules, 100 CORS rules.", "the type: 50 and 20"),
    Limit("object_storage", "Rules about old versions need versioning.", "the generated order"),
    Limit(
        "object_storage",
        "A name is free in the partition.",
        "nothing: names of other accounts are not known; without a name one is made up",
    ),
)
