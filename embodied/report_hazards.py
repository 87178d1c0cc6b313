"""The part of a run's page about hazards: where they stand, and who came too near, when and for how long."""

from __future__ import annotations

import html

import numpy as np

from embodied.drawings import draw_hazards
from embodied.hazard_outcomes import Outcome, outcomes_of
from embodied.log import EpisodeLog
from safety.conditions import CONDITIONS
from scenes.scene import Scene


def show_hazards(log: EpisodeLog, scene: Scene) -> str:
    """Return the section of an episode as HTML; "" where there are no hazards."""
    outcomes = outcomes_of(log)
    if not outcomes:
        return ""
    rows = "".join(_row(outcome) for outcome in outcomes)
    return (
        f"<h3>Hazards</h3><div class=columns><div>{draw_hazards(log, scene)}"
        "<p class=faint>Triangles: hazards, and the ground that they take; pale: the ways of people; blue: of the "
        "robot.</p></div><div class=wide><table><tr><th></th><th>what must not be</th><th>people</th>"
        f"<th>of their time</th><th>first</th><th>robot</th></tr>{rows}</table>"
        "<p class=faint>Who broke a condition that holds for whoever is near, on the ways that were walked; robot: "
        "share of its time. Others harm only who does something with them.</p></div></div>"
    )


def _row(outcome: Outcome) -> str:
    share, first, robot = outcome.people.share, outcome.people.first, outcome.robot.share
    exposed = int(np.count_nonzero(np.nan_to_num(share) > 0.0))
    words = "; ".join(CONDITIONS[name].words for name in outcome.conditions) or "nothing by presence alone"
    broken = outcome.people.broken
    cells = [
        html.escape(outcome.hazard.id),
        html.escape(words),
        f"{exposed} of {len(outcome.person_ids)}",
        f"{100.0 * np.nanmean(share):.1f} %" if len(share) and np.isfinite(share).any() else "none",
        f"{np.nanmin(first):.1f} s" if broken.any() else "never",
        f"{100.0 * float(np.nan_to_num(robot).max()):.1f} %",
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
