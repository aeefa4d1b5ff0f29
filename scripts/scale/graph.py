"""A small graph as SVG, so that the docs need no program to draw one."""

from __future__ import annotations

WIDTH, HEIGHT, MARGIN = 640, 300, 56


def line_graph(title: str, across: str, up: str, points: list[tuple[float, float]]) -> str:
    """An SVG of one line through points, from the origin of both axes."""
    right = max(x for x, _ in points)
    top = max(y for _, y in points) * 1.1

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            MARGIN + x / right * (WIDTH - 2 * MARGIN),
            HEIGHT - MARGIN - y / top * (HEIGHT - 2 * MARGIN),
        )

    places = [place(x, y) for x, y in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{value:.0f}</text>'
        f'<text x="{x:.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle">{step:.0f}</text>'
        for (x, y), (step, value) in zip(places, points, strict=True)
    )
    corner, end = place(0, 0), place(right, top)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">'
        f"<title>{title}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{WIDTH / 2}" y="20" text-anchor="middle" font-size="14">{title}</text>'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">{across}</text>'
        f'<text x="12" y="{MARGIN - 14}">{up}</text>'
        f'<path d="M{corner[0]:.1f},{end[1]:.1f}V{corner[1]:.1f}H{end[0]:.1f}" '
        'fill="none" stroke="#888"/>'
        f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>'
        f'<g fill="#222">{marks}</g></svg>\n'
    )
