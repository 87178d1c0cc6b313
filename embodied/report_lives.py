"""The part of a run's page about who lives there: what each did when, with whom it talked, and what it needs."""

from __future__ import annotations

import html
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from embodied.day import Stay, stays_of
from embodied.drawings import draw_routes
from embodied.log import EpisodeLog
from embodied.minds.needs import NEEDS, THRESHOLDS
from scenes.scene import Scene

WIDTH, ROW, LEFT = 1000, 22, 190  # pixels of the timelines, of a person's row, of its name
STATES = {"there": "#7fb08a", "inside": "#d8b36a", "away": "#e4e4e0", "going": "#4c78b5", "leaving": "#4c78b5",
          "coming": "#4c78b5"}  # fmt: skip
TALK = "#b4551a"
MOST_TALKS, MOST_WORDS = 60, 300  # shown in the lists


def show_lives(log: EpisodeLog, scene: Scene) -> str:
    """Return the section of an episode as HTML; "" where nobody lives there."""
    stays = stays_of(log)
    if not stays:
        return ""
    people = {event["entity"]: event for event in log.events_of("resident")}
    return (
        "<h3>Who lives here</h3>"
        f"<div class=wide>{_timelines(log, stays, people)}</div>"
        "<p class=faint>Green: there; blue: on the way; ochre: inside; grey: not in this scene; orange: talks. "
        "Hover over a part to read what and where.</p>"
        f"<div class=columns><div><h3>Their ways</h3>{draw_routes(log, scene)}</div>"
        f"<div><h3>Who talked with whom</h3>{_talks(log, people)}</div></div>"
        f"<details><summary>What they said</summary>{_words(log, people)}</details>"
        f"<details><summary>Who they are, what they need</summary>{_people(log, people)}</details>"
    )


def _timelines(log: EpisodeLog, stays: Mapping[int, Sequence[Stay]], people: Mapping[int, Mapping[str, object]]) -> str:
    end = max(float(log.events[-1]["time"]), 1.0)
    scale = (WIDTH - LEFT) / end
    talks = defaultdict(list)
    for event in log.events_of("speech"):
        talks[event["speaker"]].append((event["start"], event["end"], event["text"]))
    parts = []
    for row, (person, own) in enumerate(sorted(stays.items())):
        y = row * ROW
        parts.append(f'<text x="0" y="{y + 15}" font-size="12">{_name(person, people)}</text>')
        for stay in own:
            x, width = LEFT + stay.start * scale, max((stay.end - stay.start) * scale, 0.6)
            title = f"{stay.doing}, {stay.state} {stay.place}, {_clock(stay.start)} to {_clock(stay.end)}"
            parts.append(
                f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{ROW - 6}" fill="{STATES[stay.state]}">'
                f"<title>{html.escape(title)}</title></rect>"
            )
        for start, until, text in talks[person]:
            x, width = LEFT + start * scale, max((until - start) * scale, 0.8)
            parts.append(
                f'<rect x="{x:.1f}" y="{y + 6}" width="{width:.1f}" height="{ROW - 12}" fill="{TALK}">'
                f"<title>{html.escape(text)}</title></rect>"
            )
    height = len(stays) * ROW + 18
    for k in range(7):
        x = LEFT + k * (WIDTH - LEFT) / 6
        anchor = "end" if k == 6 else "middle"
        parts.append(
            f'<text x="{x:.0f}" y="{height - 3}" font-size="11" text-anchor="{anchor}">{_clock(k * end / 6)}</text>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="What each did when">{"".join(parts)}</svg>'


def _talks(log: EpisodeLog, people: Mapping[int, Mapping[str, object]]) -> str:
    counts: Counter[tuple[int, ...]] = Counter(tuple(sorted(event["people"])) for event in log.events_of("chat"))
    greetings = Counter(tuple(sorted(e["people"])) for e in log.events_of("interaction") if e["roles"] != "react")
    rows = [
        f"<tr><td>{', '.join(_name(person, people) for person in group)}</td><td class=number>{times}</td></tr>"
        for group, times in counts.most_common(MOST_TALKS)
    ]
    greeted = f"<p class=faint>{sum(greetings.values())} greeted in passing.</p>" if greetings else ""
    if not rows:
        return f"<p class=faint>Nobody talked with anybody.</p>{greeted}"
    return f"<table><tr><th>people</th><th>talks</th></tr>{''.join(rows)}</table>{greeted}"


def _words(log: EpisodeLog, people: Mapping[int, Mapping[str, object]]) -> str:
    said = [event for event in log.events_of("speech") if "overheard" in event]
    lines = [
        f"<li><time>{_clock(event['start'])}</time><span class=who>{_name(event['speaker'], people)}</span> "
        f"{html.escape(event['text'])}</li>"
        for event in said[:MOST_WORDS]
    ]
    more = f"<p class=faint>{len(said) - MOST_WORDS} more are in the log.</p>" if len(said) > MOST_WORDS else ""
    return f"<ol class=talk>{''.join(lines)}</ol>{more}" if lines else "<p class=faint>Nothing.</p>"


def _people(log: EpisodeLog, people: Mapping[int, Mapping[str, object]]) -> str:
    last: dict[int, Sequence[float]] = {event["entity"]: event["needs"] for event in log.events_of("life")}
    head = "".join(f"<th>{name}</th>" for name in NEEDS)
    rows = []
    for person, event in sorted(people.items()):
        cells = "".join(
            f"<td class=number>{'<b>' if value < THRESHOLDS[name] else ''}{value:.2f}"
            f"{'</b>' if value < THRESHOLDS[name] else ''}</td>"
            for name, value in zip(NEEDS, last[person], strict=True)
        )
        who = html.escape(f"{event['age']}, {event['occupation'] or 'no occupation'}")
        rows.append(f"<tr><td>{_name(person, people)}</td><td>{who}</td>{cells}</tr>")
    return (
        f"<div class=wide><table><tr><th>name</th><th></th>{head}</tr>{''.join(rows)}</table></div>"
        "<p class=faint>Needs at the end, from 0 (not met) to 1; bold: urgent.</p>"
    )


def _name(person: int, people: Mapping[int, Mapping[str, object]]) -> str:
    return html.escape(str(people[person]["name"]) if person in people else f"person {person}")


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
