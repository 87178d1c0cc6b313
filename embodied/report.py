"""The page that shows a run: one file, nothing from the network, every text escaped."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from embodied.captions import describe_people
from embodied.drawings import ask_times, draw_color_bar, draw_nearness, draw_way
from embodied.log import EpisodeLog
from embodied.metrics import NAMES, RATES, score, tell_outcome
from embodied.place import Place, build_scene
from embodied.report_hazards import show_hazards
from embodied.report_lives import show_lives
from embodied.results import read_results

VIDEO_ROOM = 25_000_000  # bytes of videos put into the page; what goes beyond is linked
MOST_EPISODES = 40  # shown in full; the others are in the folder

STYLE = """
:root { --ink: #1d2126; --faint: #6a7079; --line: #dfdfdb; --paper: #fbfbf9; --card: #fff; --accent: #35469c; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 24px 80px; }
h1 { font-size: 27px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 10px; }
h3 { font-size: 14px; margin: 18px 0 6px; }
.faint { color: var(--faint); } code, pre { font: 13px/1.45 ui-monospace, Menlo, Consolas, monospace; }
pre { background: #f1f1ed; padding: 12px 14px; border-radius: 8px; overflow: auto; margin: 8px 0; }
table { border-collapse: collapse; } th, td { text-align: left; padding: 5px 18px 5px 0; vertical-align: top; }
tr + tr > * { border-top: 1px solid var(--line); } th { font-weight: 600; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide { overflow-x: auto; } .interval { color: var(--faint); font-size: 12.5px; margin-left: 7px; }
img { max-width: 100%; border-radius: 6px; display: block; } ul.notes { margin: 0; padding-left: 18px; }
video { width: 100%; border-radius: 8px; background: #14171c; display: block; }
details { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  margin: 10px 0; padding: 0 18px; }
summary { cursor: pointer; padding: 12px 0; font-weight: 600; } details[open] { padding-bottom: 18px; }
.chip { display: inline-block; font-size: 12.5px; font-weight: 600; border-radius: 99px;
  padding: 1px 10px; margin-left: 8px; }
.good { background: #d9f0dd; color: #17602a; } .bad { background: #f8dcd7; color: #92281a; }
.half { background: #fbeccb; color: #7a5405; } .none { background: #e8e8e5; color: #54585f; }
.columns { display: grid; grid-template-columns: minmax(0, 620px) minmax(300px, 1fr); gap: 8px 30px; }
@media (max-width: 860px) { .columns { grid-template-columns: minmax(0, 1fr); } }
svg { display: block; width: 100%; height: auto; border-radius: 6px; font-family: inherit; }
svg[width] { display: inline; width: auto; height: 10px; vertical-align: baseline; }
svg text:not([fill]) { fill: #1d2126; }
.talk { margin: 0; padding: 0; list-style: none; }
.talk li { padding: 7px 0 7px 60px; border-top: 1px solid var(--line); position: relative; overflow-wrap: anywhere; }
.talk time { position: absolute; left: 0; color: var(--faint); font-variant-numeric: tabular-nums; }
.who { font-weight: 600; color: #14608f; } .robot .who { color: #b4551a; }
"""


def write_report(folder: Path) -> None:
    """Write `report.html` into the folder of a run (`results.json`, `config.yaml`, `episodes/`).

    Raises:
        ValueError: the results or a log cannot be read.
    """
    results = read_results(folder / "results.json")
    config = folder / "config.yaml"
    episodes = sorted(path for path in (folder / "episodes").glob("[!.]*") if path.is_dir())
    videos = _videos(folder, results["files"])
    parts = [
        f"<h1>embodied {_text(results['verb'])}</h1>",
        f"<p class=faint>{len(episodes)} episode{'s' * (len(episodes) != 1)}, seed {results['seed']}, "
        f"{results['seconds']:.0f} s of computing</p>",
        videos.pop("video", ""),
        "<h2>Metrics</h2>",
        _metrics(results["rows"]),
        "<h2>Episodes</h2>",
        *(
            _episode(path, index == 0, videos.pop(f"video_{path.name}", ""))
            for index, path in enumerate(episodes[:MOST_EPISODES])
        ),
    ]
    if len(episodes) > MOST_EPISODES:
        parts.append(f"<p>{len(episodes) - MOST_EPISODES} more are in <code>episodes/</code>.</p>")
    parts += [
        _places(episodes[:MOST_EPISODES]),
        "<h2>How to repeat it</h2>",
        f"<pre>{_text(results['command'])}</pre>",
        "<p class=faint>The same seed, versions and platform give the same logs, byte by byte.</p>",
        "<h2>Configuration</h2>",
        f"<pre>{_text(config.read_text(encoding='utf-8'))}</pre>" if config.is_file() else "",
        "<h2>Versions</h2>",
        _table([(_text(name), _text(version)) for name, version in results["versions"].items()]),
    ]
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data: file: 'self'\">"
        f"<title>embodied {_text(results['verb'])}, seed {results['seed']}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )
    partial = folder / ".report.html.partial"
    partial.write_text(page, encoding="utf-8")
    partial.replace(folder / "report.html")


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)


def _table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Return a table of cells that are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    cells = [[f"<td>{row[0]}</td>", *(f"<td class=number>{cell}</td>" for cell in row[1:])] for row in rows]
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    return f"<div class=wide><table>{f'<tr>{top}</tr>' if head else ''}{body}</table></div>"


def _videos(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Return the player of each video in `files`, which holds the video itself while there is room in the page."""
    players, room = {}, VIDEO_ROOM
    for key, name in files.items():
        path = folder / name
        if path.suffix != ".mp4" or not path.is_file():
            continue
        source, size = _text(name), path.stat().st_size
        if size <= room:
            room -= size
            source = "data:video/mp4;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
        players[key] = f'<video controls preload="metadata" src="{source}"></video>'
    return players


def _metrics(rows: Sequence[Mapping[str, Any]]) -> str:
    names = dict.fromkeys(name for row in rows for name in row["metrics"])
    columns = [key for key in dict.fromkeys(key for row in rows for key in row) if key != "metrics"]
    heads = ["", *(f"{_text(row.get('agent', ''))}" for row in rows)]
    lines = [
        [f"<span class=faint>{_text(column)}</span>", *(_text(row.get(column, "")) for row in rows)]
        for column in columns
        if column != "agent"
    ]
    for name in names:
        title, unit = NAMES.get(name, (name, ""))
        cells = (_value(row["metrics"].get(name), unit) for row in rows)
        label = f" <code class=faint>{_text(name)}</code>" if title != name else ""
        lines.append([_text(title) + label, *cells])
    note = (
        "<p class=faint>With 95 % intervals: Wilson's for rates, the BCa bootstrap for means. "
        "Distances to people are from surface to surface.</p>"
    )
    return _table(lines, heads) + note


def _value(metric: Mapping[str, float] | None, unit: str) -> str:
    if metric is None:
        return "<span class=faint>none</span>"
    text = f"<b>{metric['value']:.3g}</b>" + (f" {_text(unit)}" if unit else "")
    if "lo" in metric:
        text += f"<span class=interval>{metric['lo']:.3g} to {metric['hi']:.3g}</span>"
    return text


def _number(name: str, value: float) -> str:
    return f"<b>{'yes' if value else 'no'}</b>" if name in RATES else _value({"value": value}, NAMES[name][1])


def _places(episodes: Sequence[Path]) -> str:
    """Return what scenes say of themselves, once for each family and its options: pictures and notes."""
    places: dict[tuple[Any, ...], Place] = {}
    for path in episodes:
        place = Place.read(EpisodeLog.read(path).metadata)
        places.setdefault((place.name, place.options), place)
    parts = []
    for place in places.values():
        scene = build_scene(place)
        if not scene.notes and not scene.pictures:
            continue
        pictures = "".join(
            f'<img alt="{_text(caption)}" src="{_picture(pixels)}"><p class=faint>{_text(caption)}</p>'
            for caption, pixels in scene.pictures.items()
        )
        notes = "".join(f"<li>{_text(note)}</li>" for note in scene.notes)
        parts.append(
            f"<h3>{_text(place.name)}</h3><div class=columns><div>{pictures}</div><ul class=notes>{notes}</ul></div>"
        )
    return f"<h2>The place</h2>{''.join(parts)}" if parts else ""


def _picture(pixels: npt.NDArray[np.uint8]) -> str:
    """Return a picture (H, W, 3) as a uri that holds it."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _episode(path: Path, opened: bool, video: str) -> str:
    log = EpisodeLog.read(path)
    metrics, reset = score(log), log.events_of("reset")[0]
    place = Place.read(log.metadata)
    scene = build_scene(place)
    shown = {name: value for name, value in metrics.items() if np.isfinite(value)}
    numbers = _table([(_text(NAMES[name][0]), _number(name, value)) for name, value in shown.items()])
    instruction = "".join(event["text"] for event in log.events_of("instruction")[:1])
    chip = f"<span class='chip {'good' if metrics['sr'] else 'bad'}'>{_text(tell_outcome(log))}</span>"
    return (
        f"<details{' open' * opened}><summary>{_text(path.name)}{chip}</summary>"
        f"<p>“{_text(instruction)}” <span class=faint>from ({reset['start'][0]:.1f}, {reset['start'][1]:.1f}), "
        f"{reset['geodesic_distance']:.1f} m away; seed {_text(log.metadata['seed'])}, scene "
        f"{_text(place.name)} {place.seed}, {place.hour:g} h, {_text(place.weather)}</span></p>"
        f"{video}{show_lives(log, scene)}{show_hazards(log, scene)}<div class=columns><div>{draw_way(log, scene)}"
        f"<p class=faint>The way of the robot from start {draw_color_bar()} to end; dotted: the shortest; "
        f"pale: people; star: the goal; numbers: questions; red crosses: touches.</p>"
        f"<h3>Metres to the nearest person, surface to surface</h3>{draw_nearness(log)}"
        f"<p class=faint>Red: intimate zone, below 0.45 m; yellow: personal zone, below 1.2 m (Hall 1966).</p></div>"
        f"<div><h3>What was said</h3>{_dialogue(log)}<h3>Numbers</h3>{numbers}</div></div></details>"
    )


def _dialogue(log: EpisodeLog) -> str:
    people, asked = describe_people(log), ask_times(log)
    answers = {(event["entity"], event["step"]): event for event in log.events_of("answer")}
    lines = []
    for event in log.events_of("speech"):
        if "overheard" in event and 0 not in event["hearers"]:  # residents among themselves: see `report_lives`
            continue
        speaker, time = event["speaker"], event["time"]
        who = "robot" if speaker == 0 else people.get(speaker, f"person {speaker}")
        answer = answers.get((speaker, event["step"]))
        number = f" {asked.index(time) + 1}" if speaker == 0 and time in asked else ""
        lines.append(
            f"<li{' class=robot' * (speaker == 0)}><time>{time:.1f} s</time>"
            f"<span class=who>{_text(who)}{number}</span> {_text(event['text'])}{_truth(answer)}</li>"
        )
    return f"<ol class=talk>{''.join(lines)}</ol>" if lines else "<p class=faint>Nobody said anything.</p>"


def _truth(answer: Mapping[str, Any] | None) -> str:
    if answer is None or "truth" not in answer:
        return ""
    kind = {"true": "good", "false": "bad", "partial": "half"}.get(answer["truth"], "none")
    return f"<span class='chip {kind}'>{_text(answer['truth'])}</span>"
