import gzip
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from crowd.data import resample
from crowd.recordings import (
    EDIN,
    ETH_UCY,
    EXTRA,
    FOLDS,
    GCS_TEST,
    GCS_TRAIN,
    SDD_FULL,
    SDD_TEST,
    SDD_TRAIN,
    five_hz,
    gather,
    read_recording,
    training_recordings,
)
from crowd.site import BUILDING, SIDEWALK, Recording, Site

PACK = Path(__file__).resolve().parents[2].parent / "shared/data/crowd"
real = pytest.mark.skipif(not PACK.is_dir(), reason="the recordings are not beside the checkout (shared/data/crowd)")
SMALL = ("zara1", "uni_examples", "sdd/quad_0", "sdd/gates_2", "sdd-full/nexus_5")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)


def draw(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture.astype(np.uint8))


def eth(root, rows, name="eth"):
    folder = root / "eth_ucy" / name
    write(folder / "H_image_to_world.txt", "0.1 0 0\n0 -0.1 5\n0 0 1\n")  # 8 m x 5 m
    mask = np.ones((50, 80))
    mask[:10] = 0
    draw(folder / "segmentation.png", mask)
    write(folder / "traj.csv", "t_s,agent_id,x_m,y_m\n" + "".join(f"{t},{p},{x},{y}\n" for t, p, x, y in rows))
    return root


def gcs(root, rows, homography=((0, 0.1, 0), (0.1, 0, 0), (0, 0, 1))):
    write(root / "gcs/H.json", json.dumps({"homog": homography}))
    draw(root / "gcs/reference.jpg", np.zeros((500, 900)))
    write(
        root / "gcs/tracks.csv.gz",
        "file_id,frame,x_px,y_px\n" + "".join(",".join(map(str, row)) + "\n" for row in rows),
    )
    return root


def sdd(root, metres=(), full=(), scales="yard:\n   video0:\n      scale: 0.05\n      certainty: 1.0\n"):
    write(root / "sdd/estimated_scales.yaml", scales)
    draw(root / "sdd/reference/yard_0.jpg", np.zeros((400, 600)))
    write(root / "sdd/train__yard_0.txt.gz", "".join(" ".join(map(str, row)) + "\n" for row in metres))
    write(root / "sdd/fullrate/yard_0.txt.gz", "".join(" ".join(map(str, row)) + "\n" for row in full))
    return root


def track(recording, person):
    """Times and positions of one person."""
    trajectory = recording.trajectory
    column = trajectory.person_ids.tolist().index(person)
    here = trajectory.valid[:, column]
    return trajectory.times[here], trajectory.positions[here, column]


def test_folds_test_a_place_and_train_on_the_rest():
    assert FOLDS["univ"] == ("univ", "univ001") and set(FOLDS) == {"eth", "hotel", "univ", "zara1", "zara2"}
    for fold, tested in FOLDS.items():
        training = training_recordings(fold)
        assert not set(training) & set(tested) and set(training) | set(tested) == set(ETH_UCY)
        assert "zara3" in training and not set(training) & set(EXTRA)
    with pytest.raises(ValueError, match="fold: expected one of eth, hotel, univ, zara1, zara2, got 'zara3'"):
        training_recordings("zara3")


def test_a_person_is_cut_to_the_picture_and_a_long_absence_ends_it(tmp_path):
    inside = [(0.4 * k, 3, 0.5 + 0.1 * k, 2.0) for k in range(4)]
    away = [(0.4 * k, 3, -1.0, 2.0) for k in range(4, 13)]
    back = [(0.4 * k, 3, 0.5, 3.0) for k in range(13, 16)]
    flicker = [(0.4 * k, 7, 9.0 if k == 2 else 7.0, 1.0) for k in range(5)]
    single = [(0.0, 9, 1.0, 1.0), (0.4, 9, 1.0, 9.0)]
    recording = read_recording(eth(tmp_path, inside + away + back + flicker + single), "eth")
    trajectory = recording.trajectory
    assert trajectory.person_ids.tolist() == [3, 7, 10] and recording.types.tolist() == [0, 0, 0]
    assert np.allclose(track(recording, 3)[1], [row[2:] for row in inside])
    assert np.allclose(track(recording, 10)[0], [row[0] for row in back])
    assert np.allclose(track(recording, 7)[0], [0.0, 0.4, 1.2, 1.6])  # out for one sample: the same person
    assert np.isnan(trajectory.positions[~trajectory.valid]).all()
    assert recording.site.inside(trajectory.positions[trajectory.valid]).all()
    assert (recording.site.semantic == BUILDING).sum() == 800 and (recording.site.semantic == SIDEWALK).sum() == 3200


def test_a_stretch_keeps_ids_and_times(tmp_path):
    rows = [(0.4 * k, 3, 1.0, 2.0) for k in range(5)] + [(0.4 * k, 3, 1.0, 2.0) for k in range(20, 25)]
    root = eth(tmp_path, rows + [(0.4 * k, 5, 2.0, 2.0) for k in range(25)])
    part = read_recording(root, "eth", seconds=(8.0, 9.6))
    assert part.trajectory.person_ids.tolist() == [5, 6]
    assert np.allclose(part.trajectory.times, [8.0, 8.4, 8.8, 9.2])
    with pytest.raises(ValueError, match="eth: expected somebody with two samples in the picture, got nobody"):
        read_recording(root, "eth", seconds=(20.0, 30.0))


def test_gcs_files_are_split_at_gaps_and_jumps_and_end_with_the_labels(tmp_path):
    rows = [(1, 0, 10, 20), (1, 20, 20, 20), (1, 60, 30, 20), (1, 80, 40, 20), (1, 100, 300, 20), (1, 120, 310, 20)]
    rows += [(4, 0, 10, 20), (4, 20, 210, 20), (9, 99_980, 5, 5), (9, 100_000, 5, 5), (9, 100_020, 5, 5)]
    root = gcs(tmp_path, rows)
    recording = read_recording(root, "gcs")
    assert recording.trajectory.person_ids.tolist() == [1, 2, 3, 4, 5]
    assert np.allclose(recording.trajectory.times, [0.0, 0.8, 2.4, 3.2, 4.0, 4.8, 3999.2, 4000.0])
    assert np.allclose(track(recording, 1)[1], [[1.0, 2.0], [2.0, 2.0]])  # the axes of H.json exchanged
    assert len(read_recording(root, "gcs", seconds=GCS_TEST).trajectory.person_ids) == 1
    assert read_recording(root, "gcs", seconds=GCS_TRAIN).trajectory.person_ids.tolist() == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="read fewer `seconds`"):
        five_hz(gather_far(recording))


def gather_far(recording):
    """The same people, once more after ten years."""
    old = recording.trajectory
    times = np.concatenate([old.times, old.times + 3e8])
    twice = {"positions": np.tile(old.positions, (2, 1, 1)), "valid": np.tile(old.valid, (2, 1))}
    trajectory = type(old)(times=times, person_ids=old.person_ids, **twice)
    return Recording(site=recording.site, trajectory=trajectory, types=recording.types)


def test_edin_tracks_are_read_with_one_sample_a_frame(tmp_path):
    text = "% Total\n\nProperties.R1=[4 9 18 0.5 ];\n TRACK.R1=[[600 470 9];[601 471 18];[602 472 18];[603 473 27]];\n"
    text += "Properties.R2=[1 9 9];\n TRACK.R2=[[10 10 9]];\n"
    write(tmp_path / "edin/tracks.01Feb.txt.gz", text)
    recording = read_recording(tmp_path, "edin/01Feb")
    times, points = track(recording, 1)
    assert recording.trajectory.person_ids.tolist() == [1] and times.tolist() == [1.0, 2.0, 3.0]
    assert np.allclose(points / 0.0247, [[600, 10], [601, 9], [603, 7]])
    assert recording.site.semantic.shape == (480, 640)


def test_windows_of_one_person_are_put_together(tmp_path):
    window = [(12 * k, 4, 1.0 + 0.5 * k, 3.0) for k in range(20)]
    after = [(240 + 12 * k, 5, 11.0 + 0.5 * k, 3.0) for k in range(20)]
    far = [(480 + 12 * k, 6, 1.0, 18.0) for k in range(20)]  # follows in time, but is elsewhere
    late = [(960 + 12 * k, 7, 1.0, 18.0) for k in range(20)]
    recording = read_recording(sdd(tmp_path, metres=far + after + window + late), "sdd/yard_0")
    assert recording.trajectory.person_ids.tolist() == [4, 6, 7]
    times, points = track(recording, 4)
    assert np.allclose(times, 0.4 * np.arange(40)) and np.allclose(points[:, 1], 20.0 - 3.0)  # 400 rows of 0.05 m
    assert np.allclose(recording.site.to_pixels(points), np.stack([(1 + 0.5 * np.arange(40)) / 0.05, [60] * 40], 1))


def test_full_rate_boxes_have_centres_types_and_lost_rows(tmp_path):
    rows = [(0, 10, 20, 30, 40, k, 0, 0, 0, '"Pedestrian"') for k in range(3)]
    rows += [(0, 10, 20, 30, 40, k, 1, 0, 0, '"Pedestrian"') for k in range(3, 150)]
    rows += [(0, 50, 20, 70, 40, k, 0, 0, 1, '"Pedestrian"') for k in range(150, 153)]
    rows += [(5, 100, 100, 200, 200, k, 0, 0, 0, '"Skater"') for k in range(3)]
    rows += [(6, 100, 100, 200, 200, k, 0, 0, 0, '"Bus"') for k in range(3)]
    root = sdd(tmp_path, full=rows)
    recording = read_recording(root, "sdd-full/yard_0")
    assert recording.trajectory.person_ids.tolist() == [0, 5, 6, 7] and recording.types.tolist() == [0, 1, 2, 0]
    assert np.allclose(track(recording, 0)[1], [1.0, 20.0 - 1.5])
    assert np.allclose(track(recording, 7)[0], np.arange(150, 153) / 30)
    write(root / "sdd/fullrate/yard_0.txt.gz", '1 2 3 4 5 6 0 0 0 "Pedestrian"\n1 2 3 4 5 7 0 0 0 "Horse"\n')
    with pytest.raises(ValueError, match=r"yard_0.txt.gz:2: expected a label of Pedestrian, .* got Horse"):
        read_recording(root, "sdd-full/yard_0")


def test_a_mask_says_where_people_walk(tmp_path):
    root = sdd(tmp_path, metres=[(12 * k, 1, 5.0, 5.0) for k in range(20)])
    assert read_recording(root, "sdd/yard_0").site.walked.all()
    mask = np.zeros((400, 600), bool)
    mask[50:] = True
    assert (read_recording(root, "sdd/yard_0", mask=mask).site.walked == mask).all()
    for wrong in (mask.T, mask.astype(np.uint8)):
        with pytest.raises(ValueError, match=r"sdd/yard_0: mask: expected \(400, 600\) bool, got"):
            read_recording(root, "sdd/yard_0", mask=wrong)


@pytest.mark.parametrize("name", ["", "zara9", "edin", "edin/", "sdd", "sdd/", "gcs/1"])
def test_an_unknown_recording_is_one_clear_line(tmp_path, name):
    with pytest.raises(ValueError, match=r"recording: expected eth, hotel, .* got '.*'; name one"):
        read_recording(tmp_path, name)


@pytest.mark.parametrize("name", ["eth", "gcs", "edin/01Jan", "sdd/yard_0", "sdd-full/yard_0"])
def test_an_absent_file_is_named(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=r"expected a file of the trajectory pack, found none"):
        read_recording(tmp_path, name)


@pytest.mark.parametrize(
    "name, file, text, message",
    [
        ("gcs", "gcs/tracks.csv.gz", "h\n1,0,5,5\n1,20,x,5\n", "tracks.csv.gz: expected rows of 4 numbers file_id"),
        ("gcs", "gcs/tracks.csv.gz", "h\n1,0,5,5\n1,20,nan,5\n", "tracks.csv.gz:3: expected finite numbers, got"),
        ("gcs", "gcs/tracks.csv.gz", "h\n1,0,5\n", "tracks.csv.gz: expected rows of 4 numbers"),
        ("gcs", "gcs/H.json", "{}", "H.json: expected .*homog"),
        ("gcs", "gcs/H.json", "[[1", "H.json: expected .*homog"),
        ("gcs", "gcs/reference.jpg", "no picture", "reference.jpg: expected a picture, got something else"),
        (
            "gcs",
            "gcs/tracks.csv.gz",
            "h\n1,0,5,5\n1,0,6,5\n",
            "gcs: expected one row of a person at a time, got two of 1",
        ),
        ("edin/x", "edin/tracks.x.txt.gz", "TRACK.R1=[[1 2 3];[1 2]];\n", "x.txt.gz:1: expected Properties.R<k>="),
        (
            "edin/x",
            "edin/tracks.x.txt.gz",
            "Properties.R1=[9 1 2];\nTRACK.R1=[[1 2 3]];\n",
            "gz:2: .*got 1 samples where",
        ),
        ("edin/x", "edin/tracks.x.txt.gz", "hello\n", "x.txt.gz:1: expected Properties.R<k>=.* got hello"),
        ("edin/x", "edin/tracks.x.txt.gz", "% none\n", "x.txt.gz: expected tracks, got none"),
        ("sdd/yard_0", "sdd/estimated_scales.yaml", "yard: {}", "scales.yaml: expected a scale of yard_0, got none"),
        ("sdd/yard_0", "sdd/estimated_scales.yaml", "a: [", "scales.yaml: expected a scale of yard_0, got none"),
        ("sdd/yard_0", "sdd/train__yard_0.txt.gz", "1 2 3\n", "train__yard_0.txt.gz: expected rows of 4 numbers"),
        (
            "sdd-full/yard_0",
            "sdd/fullrate/yard_0.txt.gz",
            "1 2 3\n",
            "fullrate/yard_0.txt.gz: expected rows track xmin",
        ),
        ("eth", "eth_ucy/eth/H_image_to_world.txt", "1 0 0\n0 1\n", "H_image_to_world.txt: expected rows of 3 numbers"),
        ("eth", "eth_ucy/eth/traj.csv", "t_s,agent_id,x_m,y_m\n0,1,2\n", "traj.csv:2: expected 4 values, got 3"),
    ],
)
def test_a_malformed_file_is_one_clear_line(tmp_path, name, file, text, message):
    sdd(gcs(eth(tmp_path, [(0, 1, 1, 1), (0.4, 1, 1, 1)]), [(1, 0, 5, 5), (1, 20, 5, 5)]))
    write(tmp_path / file, text)
    with pytest.raises(ValueError, match=message) as caught:
        read_recording(tmp_path, name)
    assert "\n" not in str(caught.value) and (";" in str(caught.value) or file.endswith("traj.csv"))


def test_five_hz_never_leaves_the_picture_between_two_samples_in_it():
    """A track along the edge of a picture that lies across the axes of the world: the curve of each passes beyond."""
    homography = np.array([[0.05, -0.05, 0.0], [0.05, 0.05, 0.0], [0.0, 0.0, 1.0]])
    site = Site(name="yard", semantic=np.full((100, 100), SIDEWALK, np.uint8), homography=homography)
    pixels = np.array([[10.0, 20.0], [30.0, 0.1], [60.0, 0.1], [62.0, 40.0]])
    trajectory = gather("yard", np.full(4, 8), np.array([0.0, 0.8, 1.6, 2.4]), site.to_metres(pixels))
    assert not site.inside(resample(trajectory, 0.2).positions).all()
    fine = five_hz(Recording(site=site, trajectory=trajectory, types=np.array([1])))
    positions = fine.trajectory.positions[:, 0]
    assert fine.types.tolist() == [1] and np.allclose(fine.trajectory.times, 0.2 * np.arange(13))
    assert fine.trajectory.valid.all() and site.inside(positions).all()
    assert np.allclose(positions[::4], site.to_metres(pixels))


def test_five_hz_drops_who_has_one_sample_left(tmp_path):
    site = Site(name="yard", semantic=np.full((100, 100), SIDEWALK, np.uint8), homography=np.eye(3))
    times, persons = np.array([0.0, 1.0, 0.15, 0.21]), np.array([1, 1, 2, 2])
    trajectory = gather("yard", persons, times, np.full((4, 2), 5.0))
    fine = five_hz(Recording(site=site, trajectory=trajectory, types=np.array([0, 1])))
    assert fine.trajectory.person_ids.tolist() == [1] and fine.types.tolist() == [0]
    lonely = gather("yard", persons[2:], times[2:], np.full((2, 2), 5.0))
    with pytest.raises(ValueError, match="yard: expected somebody with two samples at 5 Hz, got nobody"):
        five_hz(Recording(site=site, trajectory=lonely, types=np.array([1])))


@real
@pytest.mark.parametrize(
    "name, agents, duration, mean, most, stop",
    [
        ("eth", 360, 773, None, 26, 0.054),  # spec/crowd.md, 6.1; its mean for eth leaves out empty frames
        ("hotel", 389, 722, None, 18, 0.224),
        ("univ", 434, 216, 32.7, 51, 0.099),
        ("univ001", 415, 177, 48.6, 75, 0.187),
        ("zara1", 148, 360, 5.8, 20, 0.030),
        ("zara2", 204, 420, 9.2, 18, 0.307),
        ("zara3", 137, 301, 6.5, 18, 0.110),
    ],
)
def test_the_recordings_have_the_people_that_were_counted(name, agents, duration, mean, most, stop):
    recording = read_recording(PACK, name)
    trajectory = recording.trajectory
    assert len(trajectory.person_ids) == agents and int(trajectory.times[-1]) == duration
    assert (trajectory.valid.sum(axis=0) >= 2).all()
    fine = five_hz(recording)
    present = fine.trajectory.valid.sum(axis=1)
    assert abs(present.max() - most) <= 1 and (mean is None or present.mean() == pytest.approx(mean, rel=0.03))
    speeds = np.linalg.norm(np.diff(fine.trajectory.positions, axis=0), axis=2) * 5.0
    assert (speeds[np.isfinite(speeds)] < 0.1).mean() == pytest.approx(stop, abs=0.012)
    free = recording.site.free(trajectory.positions[trajectory.valid])
    assert free.mean() > 0.97


@real
@pytest.mark.parametrize("name", [*ETH_UCY, "sdd/hyang_3", "sdd/quad_2", "sdd-full/gates_5", "edin/01Aug"])
def test_every_world_is_right_handed_and_its_people_are_in_the_picture(name):
    seconds = (0.0, 1800.0) if name in EDIN else None
    recording = read_recording(PACK, name, seconds=seconds)
    site, trajectory = recording.site, recording.trajectory
    corners = site.to_metres(np.array([[0.0, 0.0], [site.size[0], 0.0], [0.0, site.size[1]]]))
    right, down = corners[1] - corners[0], corners[2] - corners[0]
    assert right[0] * down[1] - right[1] * down[0] < 0  # seen from above, down is to the right of right
    for each in (recording, five_hz(recording)):
        where = each.trajectory.positions[each.trajectory.valid]
        assert site.inside(where).all() and np.allclose(site.to_metres(site.to_pixels(where)), where, atol=1e-6)
        turned = np.diff(each.trajectory.valid.astype(int), axis=0)
        assert each is recording or ((turned == 1).sum(axis=0) <= 1).all()  # nobody comes twice
    assert np.isnan(trajectory.positions[~trajectory.valid]).all() and len(recording.types) == trajectory.valid.shape[1]


@real
def test_the_metres_of_sdd_are_the_centres_of_the_full_rate_boxes():
    """Same frame, same place, y turned up; and a person of the windows is one track of the boxes."""
    for video, people in (("quad_0", 6), ("quad_1", 10), ("nexus_5", 10)):
        metres, full = (read_recording(PACK, f"{kind}/{video}") for kind in ("sdd", "sdd-full"))
        assert len(metres.trajectory.person_ids) == people and (metres.site.homography == full.site.homography).all()
        rows = np.searchsorted(full.trajectory.times, metres.trajectory.times - 1e-6)
        assert np.allclose(full.trajectory.times[rows], metres.trajectory.times)
        owners, off = [], []
        for column in range(people):
            here = metres.trajectory.valid[:, column]
            gaps = full.trajectory.positions[rows[here]] - metres.trajectory.positions[here, column][:, None]
            gaps = np.where(full.trajectory.valid[rows[here]], np.linalg.norm(gaps, axis=2), np.inf)
            owners.append(int(np.bincount(gaps.argmin(axis=1)).argmax()))
            off.extend(gaps[:, owners[-1]])
        assert len(set(owners)) == people and (full.types[owners] == 0).all()
        assert np.mean(np.array(off) < 1e-6) > 0.99


@real
def test_the_names_are_the_files():
    for part, names in (("train", SDD_TRAIN), ("test", SDD_TEST)):
        files = {f"sdd/{path.name.split('__')[1][:-7]}" for path in PACK.glob(f"sdd/{part}__*.txt.gz")}
        assert files == set(names)
    assert len(SDD_TRAIN) == 30 and len(SDD_TEST) == 17
    assert {f"sdd-full/{path.name[:-7]}" for path in PACK.glob("sdd/fullrate/*.txt.gz")} == set(SDD_FULL)
    assert {f"edin/{path.name.split('.')[1]}" for path in PACK.glob("edin/tracks.*.gz")} == set(EDIN)
    full = read_recording(PACK, "sdd-full/gates_4")
    assert np.bincount(full.types).tolist() == [44, 63, 4]


@real
def test_gcs_and_edin_in_parts():
    with gzip.open(PACK / "gcs/tracks.csv.gz", "rt") as file:
        assert len({line[: line.index(",")] for line in file}) == 12_684 + 1  # and the header
    recording = read_recording(PACK, "gcs", seconds=(3600.0, 9e9))
    end = recording.trajectory
    left, right, below = recording.site.to_metres(np.array([[900.0, 900.0], [1000.0, 900.0], [900.0, 1000.0]]))
    assert np.linalg.det([right - left, below - left]) < 0  # right-handed
    assert recording.site.size == (1920, 1080) and 17_000 < end.person_ids[-1] <= 19_332 and end.times[-1] == 4000.0
    assert np.allclose(np.diff(end.times), 0.8) and 100 < end.valid.sum(axis=1).mean() < 200
    day = read_recording(PACK, "edin/01Aug", seconds=(0.0, 3600.0)).trajectory
    assert 40 < len(day.person_ids) < 146
