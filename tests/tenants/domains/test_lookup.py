"""Every way in which DNS may answer, asked of a real server over UDP and TCP."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import dns.rcode
import pytest

from tenants.domains.lookup import MOST_RECORDS, DnsTextRecords, LookupFailed, TextRecords
from tests.tenants.domains.dns_server import LOOPBACK, Answer, DnsServer, text

if TYPE_CHECKING:
    from tests.tenants.domains.conftest import Zone

NAME = "_iac-challenge.infra.customer.example"
PATIENT, IMPATIENT = 5.0, 0.05


@pytest.fixture
def known(name_server: DnsServer) -> TextRecords:
    return DnsTextRecords([name_server.address], PATIENT)


def test_each_record_is_one_text(known: TextRecords, zone: Zone) -> None:
    zone[NAME] = Answer(((b"v=spf1 -all",), (b"iac-verify=", b"abc", b"def")))
    assert sorted(known.texts(NAME)) == [b"iac-verify=abcdef", b"v=spf1 -all"]


def test_an_answer_too_long_for_udp_is_fetched_over_tcp(
    known: TextRecords, zone: Zone, name_server: DnsServer
) -> None:
    zone[NAME] = Answer(tuple((b"x" * 250,) for _ in range(20)), cut=True)
    assert known.texts(NAME) == [b"x" * 250]
    assert name_server.asked == [(NAME, "udp"), (NAME, "tcp")]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(rcode=dns.rcode.NXDOMAIN), "NXDOMAIN"),
        (Answer(), "has no TXT record"),
        (Answer(rcode=dns.rcode.SERVFAIL), "SERVFAIL"),
        (Answer(rcode=dns.rcode.REFUSED), "answer with an error"),
        (Answer(((b"iac-verify=abc",),), alias="elsewhere.example"), "is an alias"),
        (
            Answer(tuple((b"%d" % number,) for number in range(MOST_RECORDS + 1))),
            "too many TXT records",
        ),
        (Answer(tuple((b"%d" % number, *[b"x" * 255] * 8) for number in range(9))), "too many"),
    ],
    ids=["nxdomain", "no-answer", "servfail", "refused", "alias", "many-records", "many-bytes"],
)
def test_what_is_no_answer_says_why(
    known: TextRecords, zone: Zone, answer: Answer, reason: str
) -> None:
    zone[NAME] = answer
    with pytest.raises(LookupFailed, match=reason) as raised:
        known.texts(NAME)
    assert NAME in str(raised.value)


def test_as_many_records_as_are_read_are_read(known: TextRecords, zone: Zone) -> None:
    zone[NAME] = Answer(tuple((b"%d" % number,) for number in range(MOST_RECORDS)))
    assert len(known.texts(NAME)) == MOST_RECORDS


def test_a_name_server_that_does_not_answer_times_out(name_server: DnsServer, zone: Zone) -> None:
    zone[NAME] = Answer(silent=True)
    with pytest.raises(LookupFailed, match=r"did not answer for .* within 0\.05 seconds"):
        DnsTextRecords([name_server.address], IMPATIENT).texts(NAME)
    zone[NAME] = text("heard")
    assert DnsTextRecords([name_server.address], PATIENT).texts(NAME) == [b"heard"]


def test_a_second_server_answers_for_the_first(name_server: DnsServer, zone: Zone) -> None:
    zone[NAME] = text("heard")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind((LOOPBACK, 0))
        deaf = f"{LOOPBACK}:{closed.getsockname()[1]}"
        answered = DnsTextRecords([deaf, name_server.address], 0.4).texts(NAME)
    assert answered == [b"heard"]
