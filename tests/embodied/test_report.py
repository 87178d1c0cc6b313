"""The page: whole, self-contained, well-formed, and safe whatever was said."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from embodied import report
from embodied.drawings import draw_nearness, draw_way
from embodied.log import EpisodeLog
from embodied.metrics import RATES, score, tell_outcome
from embodied.results import read_results, write_results
from embodied.statistics import summarise
from scenes.scene import Scene


class Checker(HTMLParser):
    """Collects tags, and checks that they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def run(tmp_path: Path, episode: EpisodeLog, small_scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "build_scene", lambda place: small_scene)
    for number in range(2):
        folder = tmp_path / "episodes" / f"small-a-{number:04d}"
        folder.mkdir(parents=True)
        episode.write(folder)
    metrics = summarise([score(episode)] * 2, RATES, np.random.default_rng(0))
    row = {"agent": "ask <nearest>", "scene": "small", "n": 2, "metrics": metrics}
    write_results(
        tmp_path / "results.json", verb="benchmark", command="embodied benchmark 'task.goal=<b>'", seed=11, seconds=3.2,
        rows=[row], files={"video": "video.mp4"},
    )  # fmt: skip
    (tmp_path / "config.yaml").write_text("task: {goal: <i>pharmacy</i>}\n")
    (tmp_path / "video.mp4").write_bytes(b"film")
    return tmp_path


def read(folder: Path) -> tuple[str, Checker]:
    report.write_report(folder)
    page, checker = (folder / "report.html").read_text(encoding="utf-8"), Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    return page, checker


def test_the_page_holds_everything_and_asks_the_network_for_nothing(run: Path) -> None:
    page, checker = read(run)
    for words in ("benchmark", "seed 11", "Reached the pharmacy", "numpy", "task: {goal: <i>pharmacy</i>}", "100"):
        assert words in checker.text, words
    names = {tag for tag, _ in checker.tags}
    assert names >= {"video", "svg", "details", "table"}
    assert not names & {"script", "link", "iframe", "img", "object", "b>"}
    sources = [v for _, attrs in checker.tags for k, v in attrs.items() if k in ("src", "href", "xlink:href")]
    assert sources == ["data:video/mp4;base64,ZmlsbQ=="]
    assert "http" not in page.replace("http-equiv", "").replace("https://github.com", "")
    assert "url(" not in page


def test_what_people_say_is_text(run: Path) -> None:
    page, checker = read(run)
    assert "<script>alert('no')</script> Go past the building, then left &" in checker.text
    assert "person 3, woman, red coat <b>" in checker.text
    assert "<script>" not in page
    assert "alert('no')" not in page


def test_truth_and_questions_are_marked(run: Path) -> None:
    page, _ = read(run)
    assert page.count("<span class='chip good'>true</span>") == 2
    assert page.count("robot 1</span> Excuse me") == 2


def test_drawings_are_well_formed_and_finite(episode: EpisodeLog, small_scene: Scene) -> None:
    for drawing in (draw_way(episode, small_scene), draw_nearness(episode)):
        ElementTree.fromstring(drawing)
        numbers = [float(n) for n in re.findall(r"-?\d+\.\d+", drawing)]
        assert len(numbers) > 100
        assert max(map(abs, numbers)) < 700
    way = ElementTree.fromstring(draw_way(episode, small_scene))
    texts = [node.text for node in way.iter("text")]
    assert {"pharmacy", "bakery <&>", "book shop", "1"} <= set(texts)


def test_a_large_video_is_linked(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "VIDEO_ROOM", 3)
    page, _ = read(run)
    assert '<video controls preload="metadata" src="video.mp4">' in page
    assert "base64" not in page


def test_further_videos_are_with_their_episodes(run: Path) -> None:
    document = read_results(run / "results.json")
    files = {"video": "video.mp4", "video_small-a-0001": "videos/b.mp4", "video_gone": "videos/gone.mp4"}
    (run / "videos").mkdir()
    (run / "videos" / "b.mp4").write_bytes(b"other")
    write_results(
        run / "results.json", verb="generate", command="c", seed=1, seconds=1.0, rows=document["rows"], files=files
    )
    page, checker = read(run)
    assert [tag for tag, _ in checker.tags].count("video") == 2
    assert page.index("small-a-0001") < page.index("b3RoZXI=")


def test_only_the_first_episodes_are_shown(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_EPISODES", 1)
    page, checker = read(run)
    assert page.count("<details") == 1
    assert "1 more are in episodes/" in checker.text


def test_outcomes_in_words(episode: EpisodeLog) -> None:
    assert tell_outcome(episode) == "Reached the pharmacy"
    episode.events[-1]["reason"] = "timeout"
    assert tell_outcome(episode) == "Out of time, 1.6 m from the pharmacy"


def test_a_folder_without_results_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"results\.json: expected the results of a run"):
        report.write_report(tmp_path)


def test_what_a_scene_says_of_itself_is_shown(run: Path, small_scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.zeros((4, 6, 3), dtype=np.uint8)
    told = dataclasses.replace(small_scene, notes=("One unit is 1 m <b>.",), pictures={"walkable <area>": picture})
    monkeypatch.setattr(report, "build_scene", lambda place: told)
    report.write_report(run)
    text, checker = read(run)
    assert "One unit is 1 m &lt;b&gt;." in text and "walkable &lt;area&gt;" in text
    assert text.count('src="data:image/png;base64,') == 1
    assert not checker.open
