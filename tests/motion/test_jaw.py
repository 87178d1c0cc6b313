"""The jaw: skin that goes with it, lips that part, and a mouth that moves only while its owner speaks."""

from dataclasses import replace

import numpy as np
import pytest

from motion.body import ASSETS, BODIES, load_body
from motion.clip import DRAWN, DRAWN_NAMES, Body, BodyMesh, Cue, RootPaths
from motion.finish import FEET, finish
from motion.gait import GaitModel
from motion.jaw import JAW, find_mouth, on_face
from motion.palette import CELLS, HEIGHT, WIDTH
from motion.retarget import figure_of, pose_body
from motion.skeleton import local_rotations, skin
from motion.speech import SHUT, WIDEST

DT = 1.0 / 30.0
HEAD = DRAWN_NAMES.index("head")
AHEAD = (2.0, 0.0, 1.6)
TALK, LISTEN, POINT = Cue(kind="talk", target=AHEAD), Cue(kind="listen", target=AHEAD), Cue(kind="point", target=AHEAD)


@pytest.fixture(params=BODIES)
def body(request) -> Body:
    return load_body(request.param)


def _shares(mesh: BodyMesh) -> np.ndarray:
    """Return the weight of the jaw (V,)."""
    return np.where(mesh.joint_indices == JAW, mesh.joint_weights, 0.0).sum(axis=1)


def _cell(mesh: BodyMesh, name: str) -> np.ndarray:
    left, bottom, right, top = CELLS[name]
    x, y = (mesh.uv * [WIDTH, HEIGHT]).T
    return (x > left) & (x < right) & (y > bottom) & (y < top)


def _bent(body: Body, mesh: BodyMesh, degrees: float) -> np.ndarray:
    """Return the vertices (V, 3) of a body at rest with its jaw open."""
    pose = np.linalg.inv(body.inverse_bind)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    pose[JAW, :3, :3] = [[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]]
    return skin(mesh.vertices, mesh.joint_indices, mesh.joint_weights, body.inverse_bind, pose)


def _animate(cues, seconds=10.0, *, dt=DT, body="man_young", seed=0) -> np.ndarray:
    """Return transforms (T, 25, 4, 4) of somebody who stands."""
    model = GaitModel()
    model.reset({0: load_body(body)}, np.random.default_rng(seed))
    frames = []
    for t in np.arange(0.0, seconds, dt):
        paths = RootPaths(
            person_ids=np.array([0]), positions=np.zeros((1, 2)), velocities=np.zeros((1, 2)), yaws=np.zeros(1),
            planned=np.zeros((1, 0, 2)),
        )  # fmt: skip
        cue = cues(t)
        frames.append(model.step(dt, paths, {}, {} if cue is None else {0: cue})[0])
    return np.array(frames)


def _angles(frames: np.ndarray) -> np.ndarray:
    """Return by how much the jaw is open (T,), rad, and check that it turns about y alone."""
    local = np.swapaxes(frames[:, HEAD, :3, :3], -1, -2) @ frames[:, JAW, :3, :3]
    np.testing.assert_allclose(local[:, 1], np.tile([0.0, 1.0, 0.0], (len(local), 1)), atol=1e-12)
    return np.arctan2(local[:, 0, 2], local[:, 0, 0])


def test_only_the_lower_face_goes_with_the_jaw(body):
    hinge = np.linalg.inv(body.inverse_bind[JAW])[:3, 3]
    for mesh in body.meshes:
        share = _shares(mesh)
        np.testing.assert_allclose(mesh.joint_weights.sum(axis=1), 1.0, atol=1e-6)
        assert mesh.joint_weights.min() >= 0.0 and mesh.joint_weights.dtype == np.float32
        face = on_face(mesh)
        assert not share[~(face | _cell(mesh, "mouth") | _cell(mesh, "teeth"))].any()
        skin_ = mesh.vertices[face & (share > 0.0)]
        nose = mesh.vertices[face][mesh.vertices[face, 0].argmax()]
        assert len(skin_) > 5 and skin_[:, 2].max() < nose[2]
        assert skin_[:, 0].min() > hinge[0] and skin_[:, 2].min() > nose[2] - 0.12
        chin = face & (np.abs(mesh.vertices[:, 1]) < 0.02) & (mesh.vertices[:, 0] > nose[0] - 0.05)
        chin &= (mesh.vertices[:, 2] < nose[2] - 0.055) & (mesh.vertices[:, 2] > nose[2] - 0.075)
        assert not chin.any() or share[chin].min() > 0.3


def test_the_hinge_is_in_front_of_the_ears(body):
    hinge, head = np.linalg.inv(body.inverse_bind[JAW])[:3, 3], body.joints[HEAD]
    nose = body.meshes[0].vertices[on_face(body.meshes[0]), 0].max()
    assert hinge[1] == 0.0 and abs(hinge[2] - head[2]) < 0.035
    assert 0.6 < (nose - hinge[0]) / (0.115 * body.height / 1.75) < 1.4


def test_what_is_above_the_mouth_keeps_still_and_the_lips_part(body):
    for level, mesh in enumerate(body.meshes):
        moved = _bent(body, mesh, 10.0) - mesh.vertices
        np.testing.assert_allclose(_bent(body, mesh, 0.0), mesh.vertices, atol=1e-6)
        face = on_face(mesh)
        nose = mesh.vertices[face][mesh.vertices[face, 0].argmax()]
        assert np.abs(moved[mesh.vertices[:, 2] >= nose[2]]).max() < 1e-6
        assert 0.004 < -moved[face, 2].min() < 0.025
        _, place, count = np.unique(np.round(mesh.vertices[face], 5), axis=0, return_inverse=True, return_counts=True)
        place = place.ravel()
        high, low = np.full(len(count), -np.inf), np.full(len(count), np.inf)
        np.maximum.at(high, place, moved[face, 2])
        np.minimum.at(low, place, moved[face, 2])
        assert ((high - low).max() > 0.005) == (level < 2)


def test_the_inside_of_the_mouth_is_dark_and_hidden_while_it_is_shut(body):
    mesh = body.meshes[0]
    for name, least, most in (("mouth", 10, 70), ("teeth", 120, 250)):
        inside = _cell(mesh, name)
        x, y = (mesh.uv[inside] * [WIDTH, HEIGHT]).astype(int).T
        colours = body.texture[HEIGHT - 1 - y, x].mean(axis=1)
        assert inside.sum() > 15 and colours.min() > least and colours.max() < most
        lips = mesh.vertices[on_face(mesh) & (np.abs(mesh.vertices[:, 1]) < 0.005), 0].max()
        assert mesh.vertices[inside, 0].max() < lips
    assert not _cell(body.meshes[2], "mouth").any()


def test_mouths_are_found_by_their_painted_lines():
    for name in ("man_heavy", "woman_scarf", "girl_small", "man_old"):
        mesh = load_body(name).meshes[0]
        with np.load(ASSETS / f"{name}.npz") as file:
            shade = file["shade"]
        mouth = find_mouth(mesh, shade)
        eyes = mesh.vertices[_cell(mesh, "eye")].mean(axis=0)
        assert abs(mouth.eye[2] - eyes[2]) < 0.004
        assert 0.017 < np.sin(mouth.corner) * mouth.reach(mouth.eye[None] + [[0.03, 0, 0]])[0] < 0.03
    with pytest.raises(ValueError, match="shade: expected a dark line between the lips"):
        find_mouth(mesh, np.full_like(shade, 128))


def test_a_mouth_moves_only_in_speech():
    for cue in (None, LISTEN, POINT, replace(LISTEN, kind="look")):
        frames = _animate(lambda _, cue=cue: cue, 4.0)
        body = load_body("man_young")
        head = frames[:, HEAD] @ body.inverse_bind[HEAD]
        np.testing.assert_allclose(frames[:, JAW] @ body.inverse_bind[JAW], head, atol=1e-12)
    for cue in (TALK, replace(POINT, spoken=True)):
        assert _angles(_animate(lambda _, cue=cue: cue, 4.0)).max() > np.radians(4.0)


@pytest.mark.parametrize("body", ["man_young", "girl_small", "woman_stick", "boy_wheelchair"])
def test_syllables_come_in_phrases_with_pauses(body):
    angles = _angles(_animate(lambda _: TALK, 40.0, dt=0.01, body=body))
    assert angles.min() > -1e-9 and np.radians(6.0) < angles.max() < WIDEST + 1e-9
    assert np.abs(np.diff(angles)).max() < 0.06 * WIDEST / 0.1  # rad a frame
    assert np.abs(np.diff(angles, 2)).max() < 0.03 * WIDEST / 0.1
    shut = angles < 1e-4
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shut.astype(int), [0]])))
    pauses = (edges[1::2] - edges[::2]) * 0.01
    pauses = pauses[pauses > 0.2]
    assert 8 <= len(pauses) <= 32 and pauses[1:-1].max() < 0.75
    peaks = (angles[1:-1] > angles[:-2]) & (angles[1:-1] >= angles[2:]) & (angles[1:-1] > np.radians(1.0))
    spoken = 40.0 - pauses.sum()
    assert 3.5 < peaks.sum() / spoken < 6.3
    assert np.std(angles[1:-1][peaks]) > np.radians(0.8)


@pytest.mark.parametrize("dt", [0.01, DT, 0.05, 0.1])
def test_whoever_is_interrupted_shuts_the_mouth_at_once(dt):
    widest = 0.0
    for after in (None, LISTEN):
        for until in np.arange(1.0, 3.0, 0.21):
            frames = _animate(lambda t, u=until, a=after: TALK if t < u - 1e-9 else a, until + 0.5, dt=dt)
            angles, times = _angles(frames), np.arange(0.0, until + 0.5, dt)[: len(frames)]
            first = np.flatnonzero(times >= until - 1e-9)[0]
            open_ = angles[first - 1]
            widest = max(widest, open_)
            assert (np.diff(angles[first - 1 :]) <= 1e-12).all()
            assert np.abs(angles[first:][times[first:] + dt - times[first] >= 0.15 - 1e-9]).max() < 1e-9
    assert widest > np.radians(4.0) and SHUT <= 0.15


def test_the_same_seed_gives_the_same_words_and_others_give_others():
    frames = [_animate(lambda _: TALK, 5.0, seed=seed) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(frames[0], frames[1])
    assert np.abs(_angles(frames[0]) - _angles(frames[2])).max() > np.radians(2.0)


def test_speech_leaves_the_rest_of_the_body_alone():
    silent, spoken = (_animate(lambda _, s=s: replace(POINT, spoken=s), 6.0) for s in (False, True))
    np.testing.assert_array_equal(silent[:, :JAW], spoken[:, :JAW])
    assert np.abs(silent[:, JAW] - spoken[:, JAW]).max() > 0.05


def test_the_jaw_follows_the_head_as_it_is_made_in_the_end():
    body = load_body("woman_adult")
    model = GaitModel()
    model.reset({0: body}, np.random.default_rng(0))
    paths = RootPaths(
        person_ids=np.array([0]), positions=np.zeros((1, 2)), velocities=np.zeros((1, 2)), yaws=np.zeros(1),
        planned=np.zeros((1, 0, 2)),
    )  # fmt: skip
    widest = 0.0
    for _ in range(60):
        out = model.step(DT, paths, {}, {0: TALK})
        angle = _angles(out)[0]
        states, rigs = model.records([0])
        local = np.tile(np.eye(3), (1, 22, 1, 1))
        c, s = np.cos(1.0), np.sin(1.0)
        local[0, 0] = [[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]
        before = out.copy()
        finish(np.zeros(1, dtype=FEET), states, rigs, local, np.array([[1.0, 2.0, 0.9]]), np.zeros((1, 2, 2)), DT, out)
        assert np.abs(out[0, HEAD, :3, 3] - before[0, HEAD, :3, 3]).max() > 0.5
        assert _angles(out)[0] == pytest.approx(angle, abs=1e-9)
        apart = np.linalg.inv(out[0, HEAD]) @ out[0, JAW, :, 3] - np.linalg.inv(before[0, HEAD]) @ before[0, JAW, :, 3]
        np.testing.assert_allclose(apart, 0.0, atol=1e-12)
        widest = max(widest, angle)
    assert widest > np.radians(4.0)


def test_clips_of_recordings_keep_the_mouth_shut():
    from motion.clip import MotionClip

    body = load_body("man_young")
    figure = figure_of(body.joints)
    turns = np.tile(np.eye(3), (5, 22, 1, 1))
    c, s = np.cos(0.4), np.sin(0.4)
    turns[:, HEAD] = [[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]
    root = np.tile(figure[0], (5, 1))
    clip = MotionClip(root=root, rotations=local_rotations(turns), positions=np.tile(figure, (5, 1, 1)), fps=30.0)
    frames = pose_body(clip, body, figure)
    assert frames.shape == (5, DRAWN, 4, 4)
    head = frames[:, HEAD] @ body.inverse_bind[HEAD]
    np.testing.assert_allclose(frames[:, JAW] @ body.inverse_bind[JAW], head, atol=1e-12)
    aids = frames[:, 22:24] @ body.inverse_bind[22:24]
    np.testing.assert_allclose(aids, (frames[:, :1] @ body.inverse_bind[0]).repeat(2, axis=1), atol=1e-12)
