"""The analysis, on the stored results of a short run and on what is wrong with others."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from deployment.local.virtualenv import ROOT
from tests.load.analysis import command
from tests.load.analysis.results import read_results
from tests.load.analysis.targets import Verdict, hit_rate, pool_efficiency, targets

STORED = Path(__file__).parent / "stored"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A copy of the stored results."""
    return Path(shutil.copytree(STORED, tmp_path / "run"))


def change(run: Path, *path: str, value: Any) -> None:
    """Change what run.json says."""
    content = json.loads((run / "run.json").read_text())
    place = content
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    (run / "run.json").write_text(json.dumps(content))


def meet(run: Path) -> None:
    """Change the results so that every target is met."""
    change(run, "after", "cache", value={"hit": 900, "miss": 50})
    stats = run / "locust_stats.csv"
    rows = stats.read_text().splitlines()
    cells = rows[-1].split(",")
    head = rows[0].split(",")
    cells[head.index("95%")], cells[head.index("Requests/s")] = "99", "5000"
    stats.write_text("\n".join([*rows[:-1], ",".join(cells)]))


def verdicts(run: Path) -> dict[str, Verdict]:
    return {target.name: target.verdict for target in targets(read_results(run))}


def test_rates_are_of_what_happened_during_the_run(run: Path) -> None:
    results = read_results(run)
    assert hit_rate(results) == pytest.approx(38 / (38 + 49))
    waited, queried = 37_330 - 5_261, 1_748_357 - 103_527
    assert pool_efficiency(results) == pytest.approx(1 - waited / (waited + queried))


def test_requests_are_read_by_name(run: Path) -> None:
    results = read_results(run)
    by_name = {each.name: each for each in results.requests}
    assert (by_name["create"].sent, by_name["create"].p95) == (20, 540)
    assert results.total.sent == sum(each.sent for each in results.requests) == 184


def test_what_a_part_uses_is_between_two_samples(run: Path) -> None:
    (run / "usage.csv").write_text(
        "seconds,part,cpu_seconds,memory_bytes\n1,web,10,1\n3,web,13,7\n4,web,12,8\n"
    )
    used = read_results(run).usage["web"]
    assert [(each.cores, each.memory) for each in used] == [(1.5, 7), (0.0, 8)]


def test_each_target_is_judged(run: Path) -> None:
    assert verdicts(run) == {
        "cache hit rate": Verdict.MISSED,
        "pool efficiency": Verdict.MET,
        "response time, p95": Verdict.MISSED,
        "requests": Verdict.NOT_OFFERED,
        "errors": Verdict.MET,
    }
    meet(run)
    assert set(verdicts(run).values()) == {Verdict.MET}


@pytest.mark.parametrize(
    ("path", "value", "target"),
    [
        (("after", "cache"), {"hit": 80, "miss": 20}, "cache hit rate"),
        (("after", "pool"), {"wait": 10_261, "query": 148_527}, "pool efficiency"),
        (("scenario", "users"), 1_100, "requests"),
    ],
)
def test_a_target_is_missed_at_its_limit(
    run: Path, path: tuple[str, ...], value: Any, target: str
) -> None:
    change(run, *path, value=value)
    assert verdicts(run)[target] is Verdict.MISSED


@pytest.mark.parametrize(
    ("file", "row"),
    [
        ("locust_failures.csv", "GET,list,500 instead of 200,3,0,0"),
        ("locust_exceptions.csv", "3,acme.test shows no blueprints.,,local"),
    ],
)
def test_failures_of_requests_and_users_are_errors(run: Path, file: str, row: str) -> None:
    with (run / file).open("a") as rows:
        rows.write(f"{row}\n")
    assert verdicts(run)["errors"] is Verdict.MISSED
    assert sum(failure.times for failure in read_results(run).failures) == 3


@pytest.mark.parametrize("source", ["cache", "pool"])
def test_what_was_not_measured_is_said_and_not_met(run: Path, source: str) -> None:
    change(run, "before", source, value=None)
    assert list(verdicts(run).values()).count(Verdict.NOT_MEASURED) == 1


def test_the_report_has_tables_and_graphs(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(run)]) == 0
    printed, written = capsys.readouterr().out, (run / "report.md").read_text()
    for line in (
        "| cache hit rate | > 80% | 43.7% | MISSED |",
        "| requests | ≥ 5,000/s | 12.3/s of 23/s offered | not offered |",
        "| create | 20 | 0 | 1.3 | 210 | 540 | 540 | 544 |",
    ):
        assert line in printed
        assert line in written
    graphs = {file.name for file in run.glob("*.svg")}
    assert graphs == {"requests.svg", "response-times.svg", "cpu.svg", "memory.svg"}
    for name in graphs:
        assert f"({name})" in written
        lines = ET.parse(run / name).findall("{http://www.w3.org/2000/svg}polyline")  # noqa: S314  # our own file
        assert len(lines) >= 2
        assert all(len(line.attrib["points"].split()) > 5 for line in lines)


def test_without_proc_the_report_does_without_cpu_and_memory(run: Path) -> None:
    (run / "usage.csv").unlink()
    assert command.main([str(run)]) == 0
    assert {file.name for file in run.glob("*.svg")} == {"requests.svg", "response-times.svg"}


def test_strict_fails_when_a_target_is_missed_and_says_which(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([str(run), "--strict"]) == 1
    assert "baseline: cache hit rate MISSED" in capsys.readouterr().err
    meet(run)
    assert command.main([str(run), "--strict"]) == 0
    change(run, "after", "pool", value=None)
    assert command.main([str(run), "--strict"]) == 1
    assert "pool efficiency not measured" in capsys.readouterr().err


def test_text_from_a_server_breaks_no_table(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (run / "locust_failures.csv").open("a") as rows:
        rows.write('GET,list,"a | b\nc",1,0,0\n')
    command.main([str(run)])
    assert "| list | a \\| b c | 1 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "content", "error"),
    [
        ("run.json", None, "no run ended there"),
        ("run.json", "{}", "cannot be read"),
        ("run.json", "no JSON", "cannot be read"),
        ("locust_stats.csv", None, "is missing"),
        ("locust_stats.csv", "", "holds no requests"),
        ("locust_stats.csv", "Name,Request Count\nlist,many\n", "cannot be read"),
        ("locust_failures.csv", None, "is missing"),
        ("usage.csv", "seconds,part\n1,web\n2,web\n", "cannot be read"),
    ],
)
def test_bad_results_are_one_clear_line(
    run: Path, capsys: pytest.CaptureFixture[str], file: str, content: str | None, error: str
) -> None:
    (run / file).unlink() if content is None else (run / file).write_text(content)
    assert command.main([str(run)]) == 2
    said = capsys.readouterr()
    assert error in said.err
    assert str(run) in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_a_run_without_requests_is_refused(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stats = run / "locust_stats.csv"
    head, *_, total = stats.read_text().splitlines()
    stats.write_text(f"{head}\n{total.replace(',184,', ',0,', 1)}\n")
    assert command.main([str(run)]) == 2
    assert "holds no requests" in capsys.readouterr().err


def test_without_a_folder_the_newest_run_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    assert command.main([]) == 2
    assert "make load-baseline first" in capsys.readouterr().err
    shutil.copytree(STORED, tmp_path / "run")
    assert command.main([]) == 0


@pytest.mark.parametrize("program", [["scripts/analyze-load-tests.py"], ["-m", "tests.load.run"]])
def test_the_programs_explain_themselves(program: list[str]) -> None:
    ran = subprocess.run(  # noqa: S603  # our own programs
        [sys.executable, *program, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0
    assert "usage:" in ran.stdout
