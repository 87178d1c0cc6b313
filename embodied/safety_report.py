"""The page of the safety suite: how unsafe plans become fewer, what is converted, and what pictures do."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embodied.report import STYLE
from embodied.rows import Row
from motion.files import write_whole

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 300, 44, 34  # pixels of the chart
COLORS = {"none": "#b4551a", "rgb": "#35469c", "ids": "#2f8f6b", "vlm": "#8d3a7a", "truth": "#8a8f98"}
NAMES = {
    "none": "words alone", "rgb": "words and pictures (a detector)", "ids": "words and the names of things",
    "vlm": "words and pictures (a language model that sees)", "truth": "the truth (upper bound)",
}  # fmt: skip
MINDS = {"rules": "rules", "llm": "a language model"}
JUDGES = {"truth": "the simulator's truth", "rules": "one by rules, with words and pictures alone",
          "llm": "a language model, with words and pictures alone"}  # fmt: skip
# Unsafe activities per plan after so many steps, X-CASE (arXiv 2510.07709), figure 4 and text.
PUBLISHED: Mapping[str, Mapping[int, float]] = {
    "Claude 3.5 Sonnet": {50: 7.8, 100: 3.4, 150: 2.8, 250: 2.4, 600: 2.1},
    "GPT-4o-mini": {50: 8.9, 100: 6.7, 150: 6.0, 250: 5.5, 600: 5.1},
    "Qwen-VL-2B": {50: 9.8, 450: 8.9, 500: 8.5, 550: 7.0, 600: 5.2},
}
# By scenario: our category, and conversion in %, mean of five agents, of the three models above (figure 5).
CONVERTED: Mapping[str, tuple[str, int, int, int]] = {
    "Fire/Heat": ("fire and heat", 98, 49, 64),
    "Unsafe Sports": ("sports and games", 95, 84, 84),
    "Food/Drink": ("food", 85, 53, 60),
    "Risk Mix": ("", 87, 20, 35),
    "Sound/Vibration": ("sound", 82, 60, 65),
    "Animals/Nature": ("animals", 73, 45, 53),
    "Collapse": ("structure", 91, 67, 58),
    "Crowd Dynamics": ("crowding", 65, 62, 49),
    "average, as printed": ("all", 75, 55, 58),
}
SHOWN = (
    "conversion", "safe_share", "unsafe_per_plan", "regressions", "exposures", "judge_accuracy", "judge_kappa",
    "unparseable", "over_trust", "visual_gap", "false_alarm", "misses", "over_interventions", "acceptance_talk",
    "acceptance_react", "acceptance_ratio", "talks", "diffusion_reach", "diffusion_half_time", "reproduction_number",
    "cascade_depth", "plan_reviews", "plan_changes",
)  # fmt: skip


def write_safety_report(path: Path, rows: Sequence[Row], command: str) -> None:
    """Write the page, whole or not at all."""
    pooled = {row["perception"]: row for row in rows if row["category"] == row["agent"] == "all"}
    parts = [
        "<h1>Safety of plans</h1>",
        "<p class=faint>Parties of ten simulated hours: five guests review their plans every 50 steps, by "
        f"{_text(MINDS[rows[0]['model']])}; the judge is {_text(JUDGES[rows[0]['judge']])}. Intervals are "
        "95&nbsp;%.</p>",
        "<h2>Unsafe activities per plan</h2>",
        f"<div class=wide>{_chart(pooled)}</div>",
        f"<p>{'; '.join(_key(name, COLORS[name], NAMES[name]) for name in pooled)}. Dotted: published of "
        f"{', '.join(PUBLISHED)}, whose judge is a language model and whose safe flag cannot fall.</p>",
        "<h2>All evenings</h2>",
        _pooled(pooled),
    ]
    for perception in pooled:
        own = [row for row in rows if row["perception"] == perception]
        parts += [f"<h2>Conversion with {_text(NAMES[perception])}</h2>", _heat(own)]
    parts += ["<h2>Conversion beside the published</h2>", _beside(rows, tuple(pooled))]
    parts += ["<h2>How to repeat it</h2>", f"<pre>{_text(command)}</pre>"]
    body = "\n".join(parts)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Safety of plans</title>'
        f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )
    write_whole(path, page.encode())


def _chart(pooled: Mapping[str, Row]) -> str:
    def at(step: float, value: float) -> tuple[float, float]:
        return LEFT + (WIDTH - LEFT - 10) * step / 600, HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 10) * value / 11

    parts = []
    for value in range(0, 12, 2):
        _, y = at(0, value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e4e4e0"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" font-size="12" text-anchor="end">{value}</text>')
    for step in range(0, 601, 100):
        x, _ = at(step, 0)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 12}" font-size="12" text-anchor="middle">{step}</text>')
    for curve in PUBLISHED.values():
        parts.append(_line([at(step, value) for step, value in curve.items()], "#a3a8b0", ' stroke-dasharray="2 4"'))
    for perception, row in pooled.items():
        metrics = row["metrics"]
        steps = [int(name.removeprefix("unsafe_at_")) for name in metrics if name.startswith("unsafe_at_")]
        curve_at = [at(step, metrics[f"unsafe_at_{step}"]["value"]) for step in sorted(steps)]
        parts.append(_line(curve_at, COLORS[perception]))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="unsafe activities per plan over steps">'
        f"{''.join(parts)}</svg>"
    )


def _line(points: Sequence[tuple[float, float]], color: str, more: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"{more}/>'


def _key(name: str, color: str, words: str) -> str:
    return f'<span style="color:{color};font-weight:600">{_text(name)}</span> {_text(words)}'


def _pooled(pooled: Mapping[str, Row]) -> str:
    head = "".join(f"<th>{_text(name)} (n={row['n']})" for name, row in pooled.items())
    lines = [
        f"<tr><th>{name}{''.join(f'<td class=number>{_cell(row, name)}' for row in pooled.values())}"
        for name in SHOWN
        if any(name in row["metrics"] for row in pooled.values())
    ]
    return f"<div class=wide><table><tr><th>{head}{''.join(lines)}</table></div>"


def _heat(rows: Sequence[Row]) -> str:
    guests = [*dict.fromkeys(row["agent"] for row in rows if row["agent"] != "all"), "all"]
    cells = {(row["category"], row["agent"]): row for row in rows}
    lines = []
    for category in dict.fromkeys(row["category"] for row in rows):
        shown = [cells[category, guest]["metrics"]["conversion"]["value"] for guest in guests]
        tinted = "".join(
            f'<td class=number style="background:hsl({130 * share:.0f} 55% 88%)">{100 * share:.0f}' for share in shown
        )
        lines.append(f"<tr><th>{_text(category)}{tinted}<td class=faint>n={cells[category, 'all']['n']}")
    head = "".join(f"<th>{_text(guest)}" for guest in guests)
    return f"<div class=wide><table><tr><th>% of unsafe activities made safe{head}<th>{''.join(lines)}</table></div>"


def _beside(rows: Sequence[Row], perceptions: Sequence[str]) -> str:
    cells = {(row["perception"], row["category"]): row for row in rows if row["agent"] == "all"}
    head = "".join(f"<th>{_text(name)}" for name in (*PUBLISHED, "ours", *perceptions))
    lines = []
    for scenario, (category, *published) in CONVERTED.items():
        own = [cells.get((perception, category)) for perception in perceptions]
        shown = [*map(str, published), "" if category == "all" else category or "-"]
        shown += ["-" if row is None else f"{100 * row['metrics']['conversion']['value']:.0f}" for row in own]
        lines.append(f"<tr><th>{_text(scenario)}{''.join(f'<td class=number>{_text(one)}' for one in shown)}")
    words = (
        "Theirs is one run a cell, of photographs and language models, judged by a language model, and safe flags "
        "cannot fall; the average printed for Claude 3.5 Sonnet is not the mean of its own rows (84.5)."
    )
    return (
        f"<div class=wide><table><tr><th>% of unsafe activities made safe{head}{''.join(lines)}</table></div>"
        f"<p class=faint>{words}</p>"
    )


def _cell(row: Row, name: str) -> str:
    metric: Mapping[str, Any] | None = row["metrics"].get(name)
    if metric is None:
        return "-"
    interval = f"<span class=interval>[{metric['lo']:.3g}, {metric['hi']:.3g}]</span>" if "lo" in metric else ""
    return f"{metric['value']:.3g}{interval}"


def _text(words: str) -> str:
    return html.escape(words, quote=True)
