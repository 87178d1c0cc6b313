from pathlib import Path

import numpy as np
import pytest
import shapely
from scipy.interpolate import PchipInterpolator
from shapely.geometry import box

from crowd.data import read_traj_csv, resample
from crowd.placement import place
from crowd.trajectory import CrowdTrajectory

UNIV = Path(__file__).resolve().parents[2].parent / "shared/data/crowd/eth_ucy/univ/traj.csv"
HEAD = "t_s,agent_id,x_m,y_m\n"


def write(folder, text):
    path = folder / "traj.csv"
    path.write_text(text)
    return path


def test_a_table_is_read(tmp_path):
    path = write(tmp_path, HEAD + "0.4,7,1,2\n0.8,7,1.5,2\n0.0,3,0,0\n0.4,3,0,1\n")
    trajectory = read_traj_csv(path)
    assert trajectory.times.tolist() == [0.0, 0.4, 0.8]
    assert trajectory.person_ids.tolist() == [3, 7]
    assert trajectory.valid.tolist() == [[True, False], [True, True], [False, True]]
    assert trajectory.positions[2, 1].tolist() == [1.5, 2.0] and np.isnan(trajectory.positions[2, 0]).all()


@pytest.mark.parametrize(
    "text, message",
    [
        ("", r"csv:1: expected the columns t_s,agent_id,x_m,y_m, got none"),
        ("t,agent_id,x_m,y_m\n0,1,2,3\n", r"csv:1: expected the columns"),
        (HEAD, r"csv:2: expected at least one row"),
        (HEAD + "0,1,2,3\n0.4,1,nan,3\n", r"csv:3: expected a finite number in x_m, got 'nan'"),
        (HEAD + "0,1,2,three\n", r"csv:2: expected a number in y_m, got 'three'"),
        (HEAD + "0,1.5,2,3\n", r"csv:2: expected a whole number in agent_id"),
        (HEAD + "0,1,2\n", r"csv:2: expected 4 values, got 3"),
        (HEAD + "0.4,1,2,3\n0,1,2,3\n", r"csv:3: expected rising times of agent 1, got a row after 0.4 s"),
        (HEAD + "0.4,1,2,3\n0.4,1,2,3\n", r"csv:3: expected rising times of agent 1, got a second row"),
        ("\x00\x01\x02", r"expected"),
    ],
)
def test_a_malformed_table_is_one_clear_line(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_traj_csv(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_missing_or_binary_file_is_one_clear_line(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing.csv: expected a table"):
        read_traj_csv(tmp_path / "nothing.csv")
    (tmp_path / "image.csv").write_bytes(bytes(range(256)))
    with pytest.raises(ValueError, match=r"image.csv"):
        read_traj_csv(tmp_path / "image.csv")


def two_people():
    times = np.arange(6) * 0.4
    positions = np.full((6, 2, 2), np.nan)
    positions[:, 0] = np.stack([times**2, np.sin(times)], axis=1)
    positions[2:5, 1] = [[5, 5], [6, 5], [6, 6]]
    return CrowdTrajectory(
        times=times, person_ids=np.array([4, 9]), positions=positions, valid=~np.isnan(positions).any(axis=2)
    )


def test_resampling_is_pchip_and_never_extrapolates():
    fine = resample(two_people(), 0.1)
    assert fine.times[-1] == pytest.approx(2.0) and len(fine.times) == 21
    expected = PchipInterpolator(np.arange(6) * 0.4, two_people().positions[:, 0])(fine.times)
    assert np.allclose(fine.positions[:, 0], expected)
    assert np.flatnonzero(fine.valid[:, 1]).tolist() == list(range(8, 17))
    assert np.isnan(fine.positions[~fine.valid]).all()
    with pytest.raises(ValueError, match="dt: expected seconds above 0"):
        resample(two_people(), 0.0)


def test_a_placement_is_rigid_and_inside():
    rng = np.random.default_rng(0)
    points = rng.uniform([0, 0], [14, 4], (50, 1, 2))  # a band that fits a 6 m x 16 m room only when turned
    trajectory = CrowdTrajectory(
        times=np.arange(50) * 0.4, person_ids=np.array([0]), positions=points, valid=np.ones((50, 1), bool)
    )
    room = box(100, 50, 106, 66)
    for generator in (None, np.random.default_rng(1)):
        placement = place(trajectory, room, generator, duration=5.0)
        moved = placement.apply(points)[:, 0]
        assert placement.share == pytest.approx(1.0, abs=0.01)
        assert shapely.contains_xy(room.buffer(-0.1), moved[:, 0], moved[:, 1]).all()
        apart = np.hypot(*(points[:-1, 0] - points[1:, 0]).T)
        assert np.allclose(np.hypot(*(moved[:-1] - moved[1:]).T), apart)
    assert place(trajectory, room) == place(trajectory, room)
    assert place(trajectory, room).offset_time == 0.0


@pytest.mark.skipif(not UNIV.exists(), reason="the recordings are not beside the checkout (shared/data/crowd)")
def test_the_univ_recording_is_read_and_fits_a_square():
    trajectory = read_traj_csv(UNIV)
    assert len(trajectory.person_ids) == 434
    assert trajectory.valid.sum(axis=1).max() == 52
    assert place(trajectory, box(0, 0, 25, 19)).share > 0.99
