"""What a run should show, and whether it did."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.load.analysis.results import Results

HIT_RATE, EFFICIENCY, P95, RATE = 0.80, 0.90, 100.0, 5_000.0


class Verdict(StrEnum):
    """What became of a target.

    ``NOT_OFFERED`` is for the throughput alone: the users of the scenario do not ask for that many
    requests, however fast the answers are.
    """

    MET = "met"
    MISSED = "MISSED"
    NOT_MEASURED = "not measured"
    NOT_OFFERED = "not offered"

    @classmethod
    def of(cls, *, met: bool) -> Verdict:
        """Of what was measured."""
        return cls.MET if met else cls.MISSED


class Target(NamedTuple):
    """One target and what was measured."""

    name: str
    wanted: str
    measured: str
    verdict: Verdict

    @property
    def fails(self) -> bool:
        """Whether ``--strict`` refuses it: what nobody measured is not shown to be met."""
        return self.verdict in (Verdict.MISSED, Verdict.NOT_MEASURED)


def targets(results: Results) -> list[Target]:
    """Every target, judged."""
    efficiency = pool_efficiency(results)
    return [
        _share("cache hit rate", hit_rate(results), HIT_RATE),
        _share("pool efficiency", efficiency, EFFICIENCY),
        _p95(results.total.p95),
        _rate(results),
        _errors(results),
    ]


def hit_rate(results: Results) -> float | None:
    """Hits among the reads that the response cache could have answered."""
    return _part(results.counted("cache", "hit"), results.counted("cache", "miss"))


def pool_efficiency(results: Results) -> float | None:
    """1 - wait / (wait + query): how much of the time in PgBouncer was spent in queries."""
    return _part(results.counted("pool", "query"), results.counted("pool", "wait"))


def _part(counted: float | None, rest: float | None) -> float | None:
    if counted is None or rest is None or counted + rest <= 0:
        return None
    return counted / (counted + rest)


def _share(name: str, share: float | None, wanted: float) -> Target:
    text = f"> {wanted:.0%}"
    if share is None:
        return Target(name, text, "", Verdict.NOT_MEASURED)
    return Target(name, text, f"{share:.1%}", Verdict.of(met=share > wanted))


def _p95(milliseconds: float) -> Target:
    met = Verdict.of(met=milliseconds < P95)
    return Target("response time, p95", f"< {P95:.0f} ms", f"{milliseconds:.0f} ms", met)


def _rate(results: Results) -> Target:
    measured, offered = results.total.rate, results.scenario.offered
    text, verdict = f"{measured:,.1f}/s", Verdict.of(met=measured >= RATE)
    if verdict is Verdict.MISSED and offered < RATE:
        text, verdict = f"{text} of {offered:,.0f}/s offered", Verdict.NOT_OFFERED
    return Target("requests", f"≥ {RATE:,.0f}/s", text, verdict)


def _errors(results: Results) -> Target:
    errors = sum(failure.times for failure in results.failures)
    share = f"{errors:,} of {results.total.sent:,}"
    return Target("errors", "none", share, Verdict.of(met=errors == 0))
