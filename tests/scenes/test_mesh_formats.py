"""A user's mesh in every format, and one clear line for every bad file."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from shapely.geometry import Point

from embodied.cli import main
from scenes.mesh_gltf import read_gltf
from scenes.mesh_load import load_mesh
from scenes.mesh_texture import KEPT_SIDE
from scenes.scene import SEMANTIC_CLASSES, SEMANTIC_ID, Scene
from scenes.walkable import Walkable
from tests.scenes.mesh_house import block, build, classes, edit, house, write

# ---------------------------------------------------------------- frames and formats


@pytest.mark.parametrize("ending", ["glb", "obj", "stl", "ply"])
def test_formats_give_the_same_ground(tmp_path: Path, scene: Scene, ending: str) -> None:
    parts = house()
    if ending in ("stl", "ply"):
        parts = {"all": trimesh.util.concatenate(list(parts.values()))}
    place = build(write(tmp_path / f"house.{ending}", parts, up="z" if ending in ("stl", "ply") else "y"))
    assert place.walkable.symmetric_difference(scene.walkable).area < 2.0


def test_gltf_with_files_beside_it(tmp_path: Path, scene: Scene) -> None:
    place = build(write(tmp_path / "house.gltf", house()))
    assert place.walkable.symmetric_difference(scene.walkable).area < 0.01
    (tmp_path / "gltf_buffer_0.bin").unlink()
    with pytest.raises(ValueError, match=r"expected the file 'gltf_buffer_0\.bin' beside it, found none; put it there"):
        load_mesh(tmp_path / "house.gltf")


def test_the_up_axis_is_seen(tmp_path: Path, scene: Scene) -> None:
    path = write(tmp_path / "z_up.glb", house(), up="z")
    place = build(path)
    assert place.walkable.symmetric_difference(scene.walkable).area < 2.0
    assert any("z axis points up; .glb files mostly have y up" in note for note in place.notes)
    with pytest.raises(ValueError, match=r"scene\.up: expected auto, y or z, got 'x'"):
        build(path, up="x")


@pytest.mark.parametrize(("unit", "factor", "word"), [(100.0, "0.01", "centimetres"), (1000.0, "0.001", "millimetres"),
                                                       (0.01, "100", "")])  # fmt: skip
def test_other_units_are_refused_with_a_proposal(
    tmp_path: Path, scene: Scene, unit: float, factor: str, word: str
) -> None:
    path = write(tmp_path / "units.glb", house(), scale=unit)
    with pytest.raises(ValueError, match=rf"expected metres.*{word}.*set scene\.scale={factor}, or scene\.scale=1"):
        build(path)
    place = build(path, scale=float(factor))
    assert place.walkable.symmetric_difference(scene.walkable).area < 2.0


def test_rooms_turned_inside_out_are_turned_back(tmp_path: Path) -> None:
    room = block((6.0, 5.0, 2.7), (0.0, 0.0, 0.0))  # its triangles face outwards
    place = build(write(tmp_path / "inside.glb", {"room": room}))
    assert place.indoor and place.walkable.area == pytest.approx(30.0, abs=3.0)
    assert any("turned inside out" in note for note in place.notes)


def test_normals_win_over_the_order_of_corners(tmp_path: Path, scene: Scene) -> None:
    parts = house()
    slab = parts["Floor slab"]
    parts["Floor slab"] = trimesh.Trimesh(
        slab.vertices, slab.faces[:, ::-1], vertex_normals=slab.vertex_normals, process=False
    )
    place = build(write(tmp_path / "wound.glb", parts))
    assert place.walkable.symmetric_difference(scene.walkable).area < 0.01


def test_what_is_called_floor_and_holds_walls_is_no_floor(tmp_path: Path) -> None:
    merged = trimesh.util.concatenate(list(house().values()))
    place = build(write(tmp_path / "merged.glb", {"FLOOR": merged}))
    found = {SEMANTIC_CLASSES[item.semantic] for item in place.objects if not item.text}
    assert found == {"Floor", "Building"}  # the level part on the ground, and the rest


def test_textures_are_the_right_way_up(tmp_path: Path) -> None:
    """The picture is red at the top left; glTF counts v from the top, we count it from the bottom."""
    picture = np.full((8, 8, 3), 255, dtype=np.uint8)
    picture[:4, :4] = (255, 0, 0)
    path = write(tmp_path / "picture.glb", house(), picture=picture)
    tree = read_gltf(path).tree
    assert tree["images"] and tree["materials"][0]["name"] == "tiles"
    slab = next(piece for piece in load_mesh(path).pieces if piece.look.material == "tiles")
    uv = slab.uv[np.argmin(np.abs(slab.uv - (0.0, 0.6)).sum(axis=1))]
    assert slab.look.base.texture is not None
    row = int((1.0 - 0.99) * 8)
    assert slab.look.base.texture[row, 0].tolist() == [255, 0, 0]
    corner = slab.vertices[np.argmin(slab.vertices @ (1.0, 0.0, -1.0))]  # the south-west of the floor, y up
    near = slab.uv[np.argmin(np.linalg.norm(slab.vertices - corner, axis=1))]
    np.testing.assert_allclose(near, (corner[0] / 10.0, -corner[2] / 10.0), atol=1e-6)
    assert np.isfinite(uv).all()


def test_large_textures_are_reduced_and_enormous_ones_refused(tmp_path: Path) -> None:
    wide = np.zeros((4, 4096, 3), dtype=np.uint8)
    place = build(write(tmp_path / "wide.glb", house(), picture=wide))
    assert any("4096 x 4, was reduced to 2048 x 2" in note for note in place.notes)
    assert (
        max(item.material.texture.shape[1] for item in place.objects if item.material.texture is not None) <= KEPT_SIDE
    )
    with pytest.raises(ValueError, match=r"at most 16384 pixels a side and 100 million in all, got 17000 x 1"):
        build(write(tmp_path / "enormous.glb", house(), picture=np.zeros((1, 17_000, 3), dtype=np.uint8)))


def test_painted_vertices_keep_their_colours(tmp_path: Path) -> None:
    floor = block((5.0, 5.0, 0.1), (0.0, 0.0, -0.1))
    floor.visual.vertex_colors = np.tile([200, 40, 40, 255], (len(floor.vertices), 1)).astype(np.uint8)
    path = tmp_path / "painted.ply"
    floor.export(path)
    place = build(path)
    item = next(item for item in place.objects if not item.text)
    texture = item.material.texture
    assert texture is not None
    u, v = item.mesh.uv[0]
    shown = texture[int((1 - v) * texture.shape[0]), int(u * texture.shape[1])]
    np.testing.assert_allclose(shown, (200, 40, 40), atol=8)


def test_holes_in_a_picture_are_not_walls(tmp_path: Path) -> None:
    """A sheet whose picture is see-through there is left out when alphaMode says so."""
    path = write(tmp_path / "veil.glb", house() | {"Veil": block((0.02, 6.0, 2.8), (4.0, 3.0, 0.0))})

    def veil(tree):
        mesh = next(node["mesh"] for node in tree["nodes"] if node.get("name") == "Veil")
        tree.setdefault("materials", []).append(
            {"alphaMode": "BLEND", "pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 0.02]}}
        )
        tree["meshes"][mesh]["primitives"][0]["material"] = len(tree["materials"]) - 1

    before = build(path)
    after = build(edit(path, veil))
    assert before.walkable.bounds[0] > 3.9 or before.walkable.bounds[2] < 6.2
    assert after.walkable.contains(Point(4.0, 2.0))
    assert any("invisible surfaces were left out" in note for note in after.notes)


def test_urdf_links_stand_where_joints_put_them(tmp_path: Path, scene: Scene) -> None:
    (tmp_path / "pkg/meshes").mkdir(parents=True)
    parts = house()
    chair = parts.pop("RedChair.001")
    for name, mesh in (("shell", trimesh.util.concatenate(list(parts.values()))), ("chair", chair)):
        mesh.export(tmp_path / f"pkg/meshes/{name}.stl")
    joint = '<joint name="j" type="fixed"><parent link="house"/><child link="chair"/><origin xyz="-6.5 4 0"/></joint>'
    link = (
        '<link name="{0}"><visual><geometry><mesh filename="package://pkg/meshes/{0}.stl"/></geometry></visual></link>'
    )
    urdf = tmp_path / "pkg/place.urdf"
    urdf.write_text(
        f'<robot name="place">{link.format("shell").replace("shell", "house", 1)}{link.format("chair")}{joint}</robot>'
    )
    place = build(urdf)
    inside = Walkable(place.walkable)
    assert inside.contains([(8.5, 1.0), (2.0, 5.0)]).tolist() == [True, False]
    assert classes(place)["chair"] == "Chair"
    urdf.write_text(urdf.read_text().replace("chair.stl", "stool.stl"))
    with pytest.raises(ValueError, match=r"link chair: expected the mesh 'package://pkg/meshes/stool\.stl'"):
        build(urdf)


def test_obj_with_materials(tmp_path: Path) -> None:
    path = tmp_path / "house.obj"
    lines, count = ["mtllib looks one.mtl"], 1
    for name, mesh in house().items():
        lines += [f"o {name}", f"usemtl {'Parquet floor' if name.startswith('Floor') else 'plaster'}"]
        lines += [f"v {x} {z} {-y}" for x, y, z in mesh.vertices.tolist()]
        lines += ["vt 0 0"] + [f"f {a + count}/1 {b + count}/1 {c + count}/1" for a, b, c in mesh.faces.tolist()]
        count += len(mesh.vertices)
    path.write_text("\n".join(line.replace("/1", "/-1") for line in lines) + "\n")
    with pytest.raises(ValueError, match=r"expected the materials 'looks one\.mtl' beside it, found no such file"):
        build(path)
    mtl = tmp_path / "looks one.mtl"
    mtl.write_text(
        "newmtl Parquet floor\nKd 0.5 0.3 0.1\nmap_Kd -s 1 1 1 wood grain.png\nnewmtl plaster\nKd 0.9 0.9 0.9\n"
    )
    with pytest.raises(ValueError, match=r"material Parquet floor: expected the texture .* found no such file"):
        build(path)
    mtl.write_text(mtl.read_text().replace("-s 1 1 1 wood grain.png", "wood grain.png"))
    Image.new("RGB", (4, 4), (90, 60, 30)).save(tmp_path / "wood grain.png")
    place = build(path)
    floor = next(item for item in place.objects if item.name == "Floor slab")
    assert floor.material.texture is not None and floor.material.color == pytest.approx((0.5, 0.3, 0.1))
    wall = next(item for item in place.objects if item.name == "Wall 0")
    assert wall.material.color == pytest.approx((0.9, 0.9, 0.9)) and classes(place)["Table_big"] == "Table"


# ---------------------------------------------------------------- labels


def test_labels_are_read_from_beside_the_mesh(tmp_path: Path) -> None:
    path = write(tmp_path / "house.glb", house())
    (tmp_path / "house.glb.labels.yaml").write_text(
        "objects:\n"
        "  - {match: 'Table.*', class: Furniture, label: oak table, landmark: Reception, kind: room, text: RECEPTION}\n"
        "  - {match: RedChair.001, class: Obstacle}\n"
        "regions:\n"
        "  - {name: Lobby, kind: hall, polygon: [[0, 0], [6, 0], [6, 6], [0, 6]]}\n"
        "  - {name: Office, polygon: [[6, 0], [10, 0], [10, 6], [6, 6]]}\n"
    )
    place = build(path)
    assert [(region.name, region.kind) for region in place.regions] == [("lobby", "hall"), ("office", "room")]
    reception = place.landmark("reception")
    table = next(item for item in place.objects if item.instance == reception.instance)
    assert (reception.kind, reception.text, reception.region) == ("room", "RECEPTION", "lobby")
    assert (table.label, table.text, table.semantic) == ("oak table", "RECEPTION", SEMANTIC_ID["Furniture"])
    assert classes(place)["RedChair.001"] == "Obstacle"
    assert not any("Signs were added" in note for note in place.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- {match: Table_big, class: Tabel}", r"entry 1: class: no such value 'Tabel'; did you mean Table\?"),
        ("- {match: Sofa}", r"no node is called 'Sofa'"),
        ("- {match: '(', class: Table}", "expected a regular expression"),
        ("- {match: Table_big, colour: red}", r"key: no such value 'colour'"),
        ("- {match: Table_big, kind: kitchen}", r"kind: no such value 'kitchen'; choose one of shop, room"),
        ("- {class: Table}", "expected `match: name or regular expression`"),
        ("[1, 2", "expected YAML or JSON"),
        ("things: []", "expected a list of entries, or objects and regions"),
        ("{regions: [{name: a, polygon: [[0, 0], [1, 1]]}]}", "polygon"),
    ],
)
def test_bad_labels_are_one_clear_line(glb: Path, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "labels.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=words):
        build(glb, labels=str(file))


# ---------------------------------------------------------------- bad files


def broken(name: str, folder: Path) -> Path:
    """Write a bad file of some kind."""
    path = folder / f"{name}.glb"
    if name == "folder":
        path.mkdir()
    elif name == "magic":
        path.write_bytes(b"PK\x03\x04" + bytes(60))
    elif name == "truncated":
        path.write_bytes(write(path, house()).read_bytes()[:2000])
    elif name == "json":
        data = write(path, house()).read_bytes()
        path.write_bytes(data[:20] + b"}" + data[21:])
    elif name == "nan":
        parts = house()
        parts["Table_big"].vertices[0, 0] = np.nan
        write(path, parts)
    elif name == "zero":
        flat = trimesh.Trimesh([(0, 0, 0), (1, 1, 1), (2, 2, 2)], [(0, 1, 2)], process=False)
        write(path, {"flat": flat})
    elif name == "no_floor":
        write(path, {"wall": block((6.0, 0.1, 3.0), (0, 0, 0)), "post": block((0.2, 0.2, 2.0), (0, 2, 0))})
    elif name == "low":
        cellar = block((6.0, 6.0, 1.4), (0, 0, 0))
        cellar.invert()
        write(path, {"cellar": cellar})
    elif name == "empty":
        edit(write(path, house()), lambda tree: tree.update(meshes=[]))
    elif name == "draco":
        edit(write(path, house()), lambda tree: tree.update(extensionsRequired=["KHR_draco_mesh_compression"]))
    elif name == "basis":
        edit(write(path, house()), lambda tree: tree.update(extensionsRequired=["KHR_texture_basisu"]))
    elif name == "image":
        picture = np.zeros((4, 4, 3), dtype=np.uint8)
        edit(write(path, house(), picture=picture), lambda tree: tree.update(images=[{"uri": "tiles.png"}]))
    elif name == "ending":
        path = folder / "house.fbx"
        path.write_bytes(b"x")
    elif name == "obj":
        path = folder / "house.obj"
        path.write_text("hello\n")
    elif name == "urdf":
        path = folder / "house.urdf"
        path.write_text("<robot><link></robot>")
    return path


BAD = {
    "missing": r"scene\.path: expected a mesh file, got nothing at .*; give a file",
    "folder": r"scene\.path: expected a mesh file, got a folder at",
    "ending": r"expected a file that ends in \.glb, .*, got 'house\.fbx'; convert it to \.glb",
    "magic": r"expected a binary glTF file, which begins with 'glTF', got b'PK",
    "truncated": r"expected \d+ bytes, got 2000; the file is cut off, copy it again",
    "json": r"expected a glTF document \(JSON\), got .*; export it anew",
    "nan": r"Table_big: expected finite vertices, got 1 with NaN or infinity",
    "zero": r"expected triangles, got none",
    "no_floor": r"expected at least 2 m2 of floor to walk on, got none: .*\. Seen from above: .*\.png",
    "low": r"of 3\d\.\d m2 of level surface at .*, 0\.0 m2 have 1\.9 m above them \(median 1\.40 m\)",
    "empty": r"expected a scene with meshes, got an empty one",
    "draco": r"needs KHR_draco_mesh_compression, which is not supported; convert it: npx @gltf-transform/cli copy",
    "basis": r"needs KHR_texture_basisu, which is not supported; convert it: npx .* ktxdecompress",
    "image": r"material tiles: expected the file 'tiles\.png' beside it, found none; put it there",
    "obj": r"expected an OBJ with vertices \(v\) and faces \(f\), got none",
    "urdf": r"expected a URDF \(XML\), got mismatched tag",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_one_clear_line(tmp_path: Path, name: str) -> None:
    if name == "draco" and importlib.util.find_spec("DracoPy"):
        pytest.skip("DracoPy is installed, which decodes it")
    path = broken(name, tmp_path)
    with pytest.raises((ValueError, FileNotFoundError), match=BAD[name]) as caught:
        build(path)
    assert "\n" not in str(caught.value)
    if name == "no_floor":
        picture = Path(str(caught.value).rpartition(": ")[2])
        assert picture.read_bytes()[:4] == b"\x89PNG"
        picture.unlink()


@pytest.mark.parametrize("name", ["magic", "missing", "no_floor"])
def test_the_command_line_says_it_in_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    out = tmp_path / "out"
    words = ["scene=mesh", f"scene.path={broken(name, tmp_path)}", "episodes=1", f"out={out}", "backend=tiny"]
    assert main(["generate", *words]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "expected" in said
    assert not out.exists()


def test_labels_may_be_json(tmp_path: Path) -> None:
    path = write(tmp_path / "house.glb", house())
    (tmp_path / "house.labels.json").write_text(json.dumps([{"match": "Table_big", "landmark": "bar", "kind": "shop"}]))
    assert build(path).landmark("bar").kind == "shop"
