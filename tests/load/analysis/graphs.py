"""The graphs of one run, as SVG: no library has to be installed to draw a few lines."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.load.analysis.results import Results

WIDTH, HEIGHT, MARGIN = 720, 300, 60
COLOURS = ("#1f5fa8", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#be185d")
STEPS = 4
MEGABYTE = 2**20

Line = list[tuple[float, float]]


def graphs(results: Results) -> dict[str, str]:
    """SVG by file name; only those for which something was measured."""
    history, usage = results.history, results.usage
    drawn: dict[str, tuple[str, Mapping[str, Line]]] = {
        "requests.svg": (
            "Users and requests a second",
            {
                "users": [(each.seconds, each.users) for each in history],
                "requests a second": [(each.seconds, each.rate) for each in history],
            },
        ),
        "response-times.svg": (
            "Response times of late, ms",
            {
                "median": [(each.seconds, each.median) for each in history],
                "p95": [(each.seconds, each.p95) for each in history],
            },
        ),
        "cpu.svg": (
            "Cores in use",
            {part: [(each.seconds, each.cores) for each in usage[part]] for part in usage},
        ),
        "memory.svg": (
            "Memory, MB",
            {
                part: [(each.seconds, each.memory / MEGABYTE) for each in usage[part]]
                for part in usage
            },
        ),
    }
    return {
        name: _graph(title, lines) for name, (title, lines) in drawn.items() if any(lines.values())
    }


def _graph(title: str, lines: Mapping[str, Line]) -> str:
    """Some lines over seconds, from the origin of both axes, with a legend."""
    points = [point for line in lines.values() for point in line]
    right = max(x for x, _ in points) or 1.0
    top = (max(y for _, y in points) or 1.0) * 1.1
    drawn = "".join(
        _line(number, name, [_place(x / right, y / top) for x, y in line])
        for number, (name, line) in enumerate(lines.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{MARGIN}" y="18" font-size="14">{escape(title)}</text>'
        f"{_axes(right, top)}{drawn}</svg>\n"
    )


def _place(across: float, up: float) -> tuple[float, float]:
    """Where a point is drawn, of shares of both axes."""
    return (
        MARGIN + across * (WIDTH - 2 * MARGIN),
        HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN),
    )


def _line(number: int, name: str, places: Sequence[tuple[float, float]]) -> str:
    colour = COLOURS[number % len(COLOURS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = MARGIN + number * 110, HEIGHT - 14
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        f'<rect x="{x}" y="{y - 8}" width="9" height="9" fill="{colour}"/>'
        f'<text x="{x + 14}" y="{y}">{escape(name)}</text>'
    )


def _axes(right: float, top: float) -> str:
    marks = []
    for step in range(STEPS + 1):
        share = step / STEPS
        x, _ = _place(share, 0)
        left, y = _place(0, share)
        end, _ = _place(1, 0)
        marks.append(
            f'<path d="M{left:.1f},{y:.1f}H{end:.1f}" stroke="#ddd"/>'
            f'<text x="{left - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{top * share:.4g}</text>'
            f'<text x="{x:.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle">'
            f"{right * share:.0f} s</text>"
        )
    return "".join(marks)
