import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowd import formats
from crowd.data import read_traj_csv
from crowd.formats import (
    TrajNet,
    TrajNetPrediction,
    TrajNetScene,
    read_crowdes_csv,
    read_trajnet,
    write_crowdes_csv,
    write_traj_csv,
    write_trajnet,
)
from crowd.recordings import five_hz, gather, read_recording
from crowd.site import SIDEWALK, Recording, Site

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/crowd"
real = pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/crowd)")
ETH = np.array(
    [[2.00919e-3, 2.81287e-2, -4.66936], [2.51955e-2, 8.06257e-4, -5.06088], [9.25122e-5, 3.45554e-4, 0.462553]]
)
YARD = Site(name="yard", semantic=np.full((480, 640), SIDEWALK, np.uint8), homography=ETH)
HEAD = "scene,agent_id,agent_type,frame,x,y\n"
SCENE = '{"scene": {"id": 0, "p": 1, "s": 0, "e": 20, "fps": 2.5, "tag": [4, []]}}\n'
TRACK = '{"track": {"f": %s, "p": %s, "x": %s, "y": %s}}\n'


def crowd(seed=0, people=4, length=12, rate=5.0):
    rng = np.random.default_rng(seed)
    frames, persons = np.nonzero(rng.random((length, people)) < 0.6)
    pixels = rng.uniform([0.0, 0.0], YARD.size, (len(frames), 2))
    ids = rng.permutation(100)[:people]
    trajectory = gather("yard", ids[persons].astype(np.int64), (frames + 3) / rate, YARD.to_metres(pixels))
    return Recording(site=YARD, trajectory=trajectory, types=rng.integers(0, 3, len(trajectory.person_ids)))


def assert_same(one, other, within=1e-9):
    assert np.allclose(one.times, other.times, atol=1e-9) and one.person_ids.tolist() == other.person_ids.tolist()
    assert (one.valid == other.valid).all()
    assert np.allclose(one.positions, other.positions, atol=within, rtol=0, equal_nan=True)


def write(folder, text, name="crowd.csv"):
    path = folder / name
    path.write_text(text)
    return path


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.booleans())
def test_crowdes_tables_come_back(tmp_path, seed, metres):
    recording = crowd(seed)
    write_crowdes_csv(tmp_path / "out.csv", recording, 25.0, metres=metres)
    again = read_crowdes_csv(tmp_path / "out.csv", YARD, 25.0, metres=metres)
    assert_same(again.trajectory, recording.trajectory)
    assert again.types.tolist() == recording.types.tolist() and again.site is YARD


def test_a_crowdes_table_has_pixels_of_the_picture(tmp_path):
    text = HEAD + "yard,7,1,10,0,0\nyard,7,1,5,639.5,10\nyard,2,2,5,3,4\n"
    recording = read_crowdes_csv(write(tmp_path, text), YARD, 5.0)
    assert recording.trajectory.person_ids.tolist() == [2, 7] and recording.types.tolist() == [2, 1]
    assert recording.trajectory.times.tolist() == [1.0, 2.0]
    homogeneous = ETH @ [639.5, 10.0, 1.0]
    assert np.allclose(recording.trajectory.positions[0, 1], homogeneous[:2] / homogeneous[2])
    write_crowdes_csv(tmp_path / "out.csv", recording, 5.0)
    rows = list(csv.DictReader((tmp_path / "out.csv").open()))
    assert list(rows[0]) == ["scene", "agent_id", "agent_type", "frame", "x", "y"]
    assert [(row["agent_id"], row["agent_type"], row["frame"]) for row in rows] == [
        ("2", "2", "5"), ("7", "1", "5"), ("7", "1", "10"),
    ]  # fmt: skip
    assert float(rows[1]["x"]) == pytest.approx(639.5)


def test_the_first_column_of_the_authors_and_other_orders_are_read(tmp_path):
    text = "\ufeff,y,x,frame,agent_type,agent_id,scene\n0,4,3,0,0,1.0,a\n1,4,9,1,0,1,b\n\n"
    path = write(tmp_path, text)
    assert read_crowdes_csv(path, YARD, 5.0, scene="b").trajectory.times.tolist() == [0.2]
    one = read_crowdes_csv(path, YARD, 5.0, scene="a").trajectory
    assert np.allclose(YARD.to_pixels(one.positions[0, 0]), [3.0, 4.0])
    with pytest.raises(ValueError, match=r"expected one scene, got a, b; name one: scene="):
        read_crowdes_csv(path, YARD, 5.0)
    with pytest.raises(ValueError, match=r"csv:2: expected rows of the scene c, got a, b"):
        read_crowdes_csv(path, YARD, 5.0, scene="c")


@pytest.mark.parametrize(
    "text, message",
    [
        ("", r"csv:1: expected the columns scene,agent_id,agent_type,frame,x,y, got none; add scene,"),
        ("scene,agent_id,frame,x,y\n", r"csv:1: expected the columns .* got scene,agent_id,frame,x,y; add agent_type"),
        (HEAD, r"csv:2: expected at least one row below the header, got none"),
        (HEAD + "a,1,0,0,1,2\na,1,0,1,nan,2\n", r"csv:3: expected a finite number in x, got 'nan'"),
        (HEAD + "a,1,0,0,1,inf\n", r"csv:2: expected a finite number in y, got 'inf'"),
        (HEAD + "a,1,0,0,1,two\n", r"csv:2: expected a finite number in y, got 'two'"),
        (HEAD + "a,1,0,0,,2\n", r"csv:2: expected a finite number in x, got ''"),
        (HEAD + "a,1.5,0,0,1,2\n", r"csv:2: expected a whole number in agent_id, got '1.5'"),
        (HEAD + "a,1,0,0.5,1,2\n", r"csv:2: expected a whole number in frame, got '0.5'"),
        (HEAD + "a,1e300,0,0,1,2\n", r"csv:2: expected a whole number in agent_id, got '1e300'"),
        (HEAD + "a,1,0,0,1\n", r"csv:2: expected 6 values, got 5"),
        (HEAD + "a,1,3,0,1,2\n", r"csv:2: expected an agent_type of 0 pedestrian, 1 rider, 2 vehicle, got 3; map it"),
        (HEAD + "a,1,pedestrian,0,1,2\n", r"csv:2: expected a finite number in agent_type, got 'pedestrian'"),
        (HEAD + "a,1,0,0,1,2\na,1,1,1,1,2\n", r"csv:3: expected agent 1 of the type 0 as before, got the type 1"),
        (
            HEAD + "a,1,0,0,1,2\n\na,1,0,0,3,2\n",
            r"csv:4: expected one row of agent 1 at frame 0, got a second one after",
        ),
        (
            HEAD + "a,1,0,0,1,2\na,1,0,1,640,2\n",
            r"csv:3: expected agents in the picture of yard, 640 x 480 pixels, got",
        ),
        (HEAD + "a,1,0,0,1,-0.1\n", r"csv:2: expected agents in the picture .* got agent 1 at \[1.0, -0.1\] pixels"),
        (HEAD + 'a,1,0,0,1,"2\n', r"csv: expected a table scene,.* got something else"),
    ],
)
def test_a_malformed_crowdes_table_is_one_clear_line(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_crowdes_csv(write(tmp_path, text), YARD, 5.0)
    assert "\n" not in str(caught.value) and ";" in str(caught.value)


@pytest.mark.parametrize("read", [lambda path: read_crowdes_csv(path, YARD, 5.0), read_trajnet])
def test_a_missing_or_binary_file_is_one_clear_line(tmp_path, read):
    with pytest.raises(FileNotFoundError, match=r"nothing: expected .* found no such file; check the path"):
        read(tmp_path / "nothing")
    (tmp_path / "image").write_bytes(bytes(range(256)))
    with pytest.raises(ValueError, match=r"image: expected .* got something else"):
        read(tmp_path / "image")


@pytest.mark.parametrize("rate", [0.0, -5.0, np.nan, np.inf])
def test_a_rate_is_above_zero(tmp_path, rate):
    with pytest.raises(ValueError, match=r"expected frames a second above 0, got"):
        read_crowdes_csv(write(tmp_path, HEAD + "a,1,0,0,1,2\n"), YARD, rate)
    with pytest.raises(ValueError, match=r"expected frames a second above 0, got"):
        write_crowdes_csv(tmp_path / "out.csv", crowd(), rate)
    with pytest.raises(ValueError, match=r"frame_rate: expected frames a second above 0, got"):
        read_trajnet(write(tmp_path, TRACK % (0, 1, 2, 3)), rate)


def test_tables_of_the_pack_come_back_exactly(tmp_path):
    trajectory = crowd(5).trajectory
    write_traj_csv(tmp_path / "traj.csv", trajectory)
    again = read_traj_csv(tmp_path / "traj.csv")
    assert_same(again, trajectory, within=0.0)
    assert again.times.tolist() == trajectory.times.tolist()


def trajnet(seed=0):
    truth = crowd(seed, rate=25.0).trajectory
    guesses = [
        TrajNetPrediction(number=number, scene_id=scene, trajectory=crowd(seed + 1 + number, rate=25.0).trajectory)
        for number, scene in ((0, 3), (1, 3), (0, None))
    ]
    scenes = (
        TrajNetScene(scene_id=3, person=1, start=0, end=8, fps=2.5, tag=(4, ())),
        TrajNetScene(scene_id=4, person=2, start=2, end=10, tag=(3, (1, 2))),
        TrajNetScene(scene_id=9, person=2, start=2, end=10, fps=2.5, tag=0),
    )
    return TrajNet(trajectory=truth, scenes=scenes, predictions=tuple(guesses), frame_rate=25.0)


def test_trajnet_files_come_back_exactly(tmp_path):
    made = trajnet()
    write_trajnet(tmp_path / "out.ndjson", made)
    again = read_trajnet(tmp_path / "out.ndjson", 25.0)
    assert again.scenes == made.scenes and again.frame_rate == 25.0
    assert_same(again.trajectory, made.trajectory)
    assert [(guess.number, guess.scene_id) for guess in again.predictions] == [(0, 3), (1, 3), (0, None)]
    for one, other in zip(again.predictions, made.predictions, strict=True):
        assert_same(one.trajectory, other.trajectory)
    kinds = [next(iter(json.loads(line))) for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    assert kinds[:3] == ["scene"] * 3 and set(kinds[3:]) == {"track"}


def test_the_rate_of_a_trajnet_video_follows_from_its_scenes(tmp_path):
    text = SCENE + TRACK % (0, 1, 2, 3) + TRACK % (10, 1, 2.5, 3) + TRACK % (5, 2, 9, 9) + "\n"
    text += '{"track": {"f": 20, "p": 1, "x": 1, "y": 2, "prediction_number": 0, "scene_id": 0}}\n'
    read = read_trajnet(write(tmp_path, text))
    assert read.frame_rate == 25.0 and read.trajectory.times.tolist() == [0.0, 0.2, 0.4]
    assert read.scenes == (TrajNetScene(scene_id=0, person=1, start=0, end=20, fps=2.5, tag=(4, ())),)
    assert read.predictions[0].trajectory.positions.tolist() == [[[1.0, 2.0]]]
    for text in (TRACK % (0, 1, 2, 3), SCENE + TRACK % (0, 1, 2, 3)):
        with pytest.raises(
            ValueError, match=r"expected scenes of one fps and people with two rows, .*; give frame_rate"
        ):
            read_trajnet(write(tmp_path, text))


def test_a_file_of_predictions_alone_is_read(tmp_path):
    text = '{"track": {"f": 20, "p": 1, "x": 1, "y": 2, "prediction_number": 0}}\n'
    read = read_trajnet(write(tmp_path, text), 2.5)
    assert read.trajectory.positions.shape == (0, 0, 2) and read.predictions[0].scene_id is None
    write_trajnet(tmp_path / "out", read)
    assert (tmp_path / "out").read_text() == text.replace('"x": 1, "y": 2', '"x": 1.0, "y": 2.0')


@pytest.mark.parametrize(
    "text, message",
    [
        ("", r":1: expected at least one track, got 0 scenes and no track"),
        (SCENE, r":1: expected at least one track, got 1 scenes and no track"),
        (SCENE + '{"track": {"f": 0\n', r":2: expected {\"scene\": .* got {\"track\": {\"f\": 0; repair the line"),
        ("[1, 2]\n", r":1: expected {\"scene\""),
        ('{"track": 3}\n', r":1: expected {\"scene\""),
        ('{"walk": {}}\n', r":1: expected {\"scene\""),
        ('{"track": {"f": 0, "p": 1, "x": 2}}\n', r":1: expected a finite number in y, got None"),
        (TRACK % (0, 1, "NaN", 2), r":1: expected a finite number in x, got nan"),
        (TRACK % (0, 1, "Infinity", 2), r":1: expected a finite number in x, got inf"),
        (TRACK % (0, 1, "true", 2), r":1: expected a finite number in x, got True"),
        (TRACK % (0, 1, '"one"', 2), r":1: expected a finite number in x, got 'one'"),
        (TRACK % (0.5, 1, 2, 2), r":1: expected a whole number in f, got 0.5"),
        (TRACK % (0, 1, 2, 2) + TRACK % (0, 1, 3, 2), r":2: expected one row of person 1 at frame 0, got a second one"),
        (SCENE + SCENE, r":2: expected one scene 0, got a second one"),
        (SCENE.replace("20", "-1"), r":1: expected a scene that ends after its start, got frames 0 to -1"),
        (SCENE.replace("2.5", "0"), r":1: expected fps above 0, got 0"),
        (SCENE.replace("[4, []]", "[4, [null]]"), r":1: expected a tag like 4 or \[3, \[1, 2\]\], got \[4, \[None\]\]"),
        (SCENE.replace('"p": 1, ', ""), r":1: expected a finite number in p, got None"),
    ],
)
def test_a_malformed_trajnet_file_is_one_clear_line(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_trajnet(write(tmp_path, text, "a.ndjson"), 25.0)
    assert "\n" not in str(caught.value) and ";" in str(caught.value)


def broken(recording, **changes):
    return replace(recording, trajectory=replace(recording.trajectory, **changes))


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda old: {"times": old.times + 0.01}, r"expected times on the clock of 5 frames a second, got 0.61 s"),
        (lambda old: {"positions": old.positions * np.nan}, r"expected finite positions where `valid`, got \d+ others"),
        (
            lambda old: {"positions": old.positions + 1e4},
            r"expected agents in the picture of yard, got agent \d+ outside",
        ),
        (lambda old: {"valid": old.valid & False}, r"expected somebody to write, got nobody"),
    ],
)
def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path, change, message):
    recording = crowd()
    bad = broken(recording, **change(recording.trajectory))
    path = write(tmp_path, "old")
    with pytest.raises(ValueError, match=message):
        write_crowdes_csv(path, bad, 5.0)
    if "picture" not in message:
        with pytest.raises(ValueError, match=message):
            write_trajnet(path, TrajNet(trajectory=bad.trajectory, scenes=(), predictions=(), frame_rate=5.0))
        if "clock" not in message:
            with pytest.raises(ValueError, match=message):
                write_traj_csv(path, bad.trajectory)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_write_that_breaks_off_leaves_nothing_behind(tmp_path, monkeypatch):
    path = write(tmp_path, "old")
    monkeypatch.setattr(formats, "repr", lambda value: 1 / 0, raising=False)
    for write_it in (lambda: write_traj_csv(path, crowd().trajectory), lambda: write_crowdes_csv(path, crowd(), 5.0)):
        with pytest.raises(ZeroDivisionError):
            write_it()
        assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    write_traj_csv(path, crowd().trajectory)
    assert path.read_text().startswith("t_s,agent_id,x_m,y_m\n") and list(tmp_path.iterdir()) == [path]
    with pytest.raises(FileNotFoundError, match=r"expected a folder to write into, found none; make .*nowhere"):
        write_traj_csv(tmp_path / "nowhere/traj.csv", crowd().trajectory)


@real
def test_real_recordings_go_through_every_format(tmp_path):
    recording = five_hz(read_recording(PACK, "univ", seconds=(0.0, 60.0)))
    assert recording.trajectory.valid.any(axis=1).all()  # times without anybody are in none of the files
    write_crowdes_csv(tmp_path / "a.csv", recording, 25.0)
    assert_same(read_crowdes_csv(tmp_path / "a.csv", recording.site, 25.0).trajectory, recording.trajectory)
    write_traj_csv(tmp_path / "traj.csv", recording.trajectory)
    assert_same(read_traj_csv(tmp_path / "traj.csv"), recording.trajectory, within=0.0)
    whole = TrajNet(trajectory=recording.trajectory, scenes=(), predictions=(), frame_rate=5.0)
    write_trajnet(tmp_path / "a.ndjson", whole)
    assert_same(read_trajnet(tmp_path / "a.ndjson", 5.0).trajectory, recording.trajectory)
    riders = read_recording(PACK, "sdd-full/quad_1")
    write_crowdes_csv(tmp_path / "b.csv", riders, 30.0)
    again = read_crowdes_csv(tmp_path / "b.csv", riders.site, 30.0)
    assert again.types.tolist() == riders.types.tolist() and set(again.types) == {0, 1}
