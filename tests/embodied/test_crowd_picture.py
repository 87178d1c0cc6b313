"""`embodied crowd`: a crowd from one picture, or from a scene."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image, ImageDraw

from crowd.data import read_traj_csv
from crowd.formats import read_crowdes_csv, read_trajnet
from crowd.picture import read_homography, read_mask
from crowd.site import CLASSES, Site
from embodied.cli import main
from embodied.place import Place, build_scene
from embodied.scene_site import entrances_of_scene, site_of_scene
from scenes.recording import Recording

FILES = {
    "background.png", "segmentation.png", "classes.png", "H_image_to_world.txt", "traj.csv", "crowdes.csv",
    "trajnet.ndjson", "overlay.png", "tracks.png", "video.mp4", "results.json",
}  # fmt: skip


@pytest.fixture
def map_of_paths(tmp_path: Path) -> Path:
    """A drawn map, 24 m x 16 m at 0.1 m: grey paths across lawns, a red house; and its mask."""
    picture, mask = Image.new("RGB", (240, 160), (96, 150, 70)), Image.new("L", (240, 160), 0)
    for image, color in ((picture, (170, 168, 160)), (mask, 255)):
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, 60, 240, 110), fill=color)
        pen.rectangle((90, 0, 140, 160), fill=color)
    ImageDraw.Draw(picture).rectangle((160, 5, 225, 50), fill=(170, 70, 60))
    picture.save(tmp_path / "map.png")
    mask.save(tmp_path / "mask.png")
    return tmp_path


def call(folder: Path, *more: str, out: str = "out") -> int:
    return main(["crowd", f"picture={folder}/map.png", f"out={folder}/{out}", *more])


@pytest.mark.slow
def test_a_picture_becomes_a_crowd(map_of_paths: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = map_of_paths, map_of_paths / "out"
    mask = f"mask={folder}/mask.png"
    assert call(folder, "scale=0.1", mask, "people=8", "seconds=10", "seed=3") == 0
    assert {path.name for path in out.iterdir()} == FILES
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    site = Site(
        name="map",
        semantic=read_mask(out / "classes.png", (160, 240)),
        homography=read_homography(out / "H_image_to_world.txt"),
    )
    np.testing.assert_array_equal(site.walked, np.asarray(Image.open(folder / "mask.png")) > 0)
    tracks = read_traj_csv(out / "traj.csv")
    points = tracks.positions[tracks.valid]
    assert site.free(points).all() and site.inside(points).all()
    assert len(tracks.person_ids) >= 4
    np.testing.assert_allclose(np.diff(tracks.times), 0.2)
    fives = read_crowdes_csv(out / "crowdes.csv", site, 5.0)
    np.testing.assert_allclose(fives.trajectory.positions, tracks.positions, atol=1e-6)
    lines = read_trajnet(out / "trajnet.ndjson")
    np.testing.assert_allclose(lines.trajectory.positions[0], tracks.positions[0][tracks.valid[0] | True], atol=1e-6)
    assert all(scene.end - scene.start == 20 for scene in lines.scenes)
    row = json.loads((out / "results.json").read_text())["rows"][0]
    assert row["segmenter"] == "mask" and row["metrics"]["off_ground"]["value"] == 0.0
    assert "they come from" in capsys.readouterr().out

    assert call(folder, "scale=0.1", mask, "people=8", "seconds=10", "seed=3", out="again") == 0
    for name in FILES - {"results.json", "video.mp4"}:
        assert (out / name).read_bytes() == (folder / "again" / name).read_bytes(), name

    scene = Recording(path=str(out)).build(np.random.default_rng(0), 0)  # loads as a recorded place
    assert scene.walkable.area == pytest.approx(site.walkable.area, rel=0.05) and len(scene.entrances) >= 2


@pytest.mark.slow
def test_crowdes_populates_a_picture_by_the_weights_that_are_shipped(map_of_paths: Path) -> None:
    words = ("scale=0.1", f"mask={map_of_paths}/mask.png", "model=crowdes", "seconds=20")
    assert call(map_of_paths, *words) == 0
    tracks = read_traj_csv(map_of_paths / "out" / "traj.csv")
    assert len(tracks.person_ids) >= 1 and tracks.valid.any(axis=1).sum() > 10

    assert call(map_of_paths, *words, "assets=permissive", out="permissive") == 0
    row = json.loads((map_of_paths / "permissive" / "results.json").read_text())["rows"][0]
    assert row["model"] == "social_force"


def test_without_a_mask_a_segmenter_guesses(map_of_paths: Path) -> None:
    assert call(map_of_paths, "scale=0.1", "segmenter=opencv", "seconds=2", "people=4") == 0
    classes = np.asarray(Image.open(map_of_paths / "out" / "classes.png"))
    truth = np.asarray(Image.open(map_of_paths / "mask.png")) > 0
    free = np.isin(classes, (5, 6, 7))
    assert (free & truth).sum() / (free | truth).sum() > 0.7


@pytest.mark.slow
def test_the_picture_of_the_docs_is_populated(tmp_path: Path) -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    where = f"homography={docs}/square_points.txt"
    assert main(["crowd", f"picture={docs}/square.jpg", where, "people=6", "seconds=2", f"out={tmp_path}/out"]) == 0
    classes = np.asarray(Image.open(tmp_path / "out" / "classes.png"))
    assert (classes[280:360, 430:530] == CLASSES.index("sidewalk")).mean() > 0.9  # the middle of the square


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ((), "expected either scale=METRES_PER_PIXEL or homography=FILE"),
        (("scale=0.1", "homography=h.txt"), "expected either scale"),
        (("scale=0",), "scale=0.0: expected metres per pixel above 0"),
        (("scale=nan",), "scale=nan: expected a number from 0"),
        (("scale=wide",), "scale=wide: expected a number"),
        (("scale=0.0001",), "expected ground 2 to 300 m across"),
        (("homography={0}/singular.txt",), "got a singular one"),
        (("homography={0}/none.txt",), "found no such file"),
        (("scale=0.1", "mask={0}/small.png"), "expected 240 x 160 pixels as the picture has, got 10 x 10"),
        (("scale=0.1", "mask={0}/closed.png"), "expected ground to walk on"),
        (("scale=0.1", "segmenter=magic"), "segmenter=magic: expected small, opencv, hub"),
        (("scale=0.1", "scene=plaza"), "expected either picture=FILE or scene=NAME"),
        (("scale=0.1", "scene.seed=2"), "scene.seed: of no use with picture="),
        (("scale=0.1", "model=flock"), "model=flock: expected one of"),
        (("scale=0.1", "model=crowdes", "people=5"), "people: of no use for model=crowdes"),
        (("scale=0.1", "people=0"), "people=0: expected a whole number from 1"),
        (("scale=0.1", "seconds=1e9"), "seconds=1e9: expected a number from 1 to 600"),
        (("scale=0.1", "colour=red"), "expected one of the keys"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    map_of_paths: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], match: str
) -> None:
    (map_of_paths / "singular.txt").write_text("1 2 3\n2 4 6\n0 0 1\n")
    Image.new("L", (10, 10), 255).save(map_of_paths / "small.png")
    Image.new("L", (240, 160), 1).save(map_of_paths / "closed.png")
    Image.new("L", (240, 160), 3).save(map_of_paths / "closed.png")
    before = sorted(path.name for path in map_of_paths.iterdir())
    assert call(map_of_paths, *(word.format(map_of_paths) for word in more)) == 2
    told = capsys.readouterr().err
    assert match in told and told.count("\n") == 1
    assert sorted(path.name for path in map_of_paths.iterdir()) == before


def test_other_peoples_folders_are_left_alone(map_of_paths: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (map_of_paths / "out").mkdir()
    (map_of_paths / "out" / "thesis.txt").write_text("years of work")
    assert call(map_of_paths, "scale=0.1") == 2
    assert "expected an empty folder or one of this verb" in capsys.readouterr().err
    (map_of_paths / "broken.png").write_bytes(b"\x89PNG nothing")
    assert main(["crowd", f"picture={map_of_paths}/broken.png", "scale=0.1", f"out={map_of_paths}/new"]) == 2
    assert not (map_of_paths / "new").exists()


@pytest.mark.gl
@pytest.mark.parametrize("family", ["plaza", "street", "office", "station", "corridor"])
def test_a_scene_and_its_site_agree_on_where_one_can_walk(family: str) -> None:
    scene = build_scene(Place(name=family, seed=1))
    site, picture = site_of_scene(scene, pitch=0.1)
    assert picture.shape == (*site.semantic.shape, 3)
    west, south, east, north = scene.walkable.bounds
    points = np.random.default_rng(0).uniform((west, south), (east, north), (20_000, 2))
    shapely.prepare(scene.walkable)
    truth = shapely.contains_xy(scene.walkable, points)
    assert (site.free(points) == truth).mean() > 0.97
    assert site.walkable.area == pytest.approx(scene.walkable.area, rel=0.03)
    entrances = entrances_of_scene(scene)
    assert entrances is not None and site.free(entrances.positions).all()
    if family == "plaza":
        kinds = {CLASSES[k] for k in np.unique(site.semantic)}
        assert {"building", "structure", "sidewalk", "road", "grass"} <= kinds


@pytest.mark.gl
def test_a_scene_becomes_a_crowd(tmp_path: Path) -> None:
    assert main(["crowd", "scene=corridor", "seconds=8", "people=4", f"out={tmp_path}/out"]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert main(["crowd", "scene=nowhere", f"out={tmp_path}/other"]) == 2
    assert not (tmp_path / "other").exists()
