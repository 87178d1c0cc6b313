"""What lies on tables, hangs on walls, or hums in an office: monitors, mugs, boards, signs, printers, racks, kitchens.

Frames as in `office_furniture`; what hangs on a wall has its back at x = 0, what stands on a table its foot at z = 0.
"""

from __future__ import annotations

import numpy as np

from scenes.procedural import office_texture as paint
from scenes.procedural.draft import Part
from scenes.procedural.geometry import ball, box, join, lathe, move, panels, tube, wall
from scenes.procedural.office_furniture import COUNTER, DESK_TOP, Finish, Rgb, build_sink
from scenes.scene import Material, Mesh

SIGN_FACE = (0.97, 0.97, 0.96)
FLAT = [(0, 0), (1, 0), (1, 1), (0, 1)]


def build_monitor(finish: Finish, screen: Material) -> list[Part]:
    """Return a monitor that faces +x."""
    case = [box((0.03, 0.58, 0.35), (0, 0, 0.12), bottom=True), box((0.04, 0.05, 0.14), (-0.03, 0, 0.01))]
    case.append(box((0.17, 0.22, 0.012), (-0.02, 0, 0), bottom=True))
    glass = wall((0.017, 0.28), (0.017, -0.28), 0.135, 0.46)
    return [
        Part(mesh=join(case), material=finish.black, solid=False),
        Part(mesh=glass, material=screen, solid=False),
    ]


def build_laptop(finish: Finish, screen: Material) -> list[Part]:
    """Return an open laptop that faces +x."""
    base = box((0.23, 0.33, 0.016), (0, 0, 0), bottom=True)
    keys = panels([[(-0.1, -0.15, 0.0165), (0.02, -0.15, 0.0165), (0.02, 0.15, 0.0165), (-0.1, 0.15, 0.0165)]], [FLAT])
    a, b = (-0.115, 0.016), (-0.18, 0.225)
    front = [(a[0], 0.165, a[1]), (a[0], -0.165, a[1]), (b[0], -0.165, b[1]), (b[0], 0.165, b[1])]
    lid = panels([front[::-1]], [FLAT])
    inner = [(a[0] + 0.001, y, z) for y, z in ((-0.155, a[1] + 0.012), (0.155, a[1] + 0.012))]
    inner += [(b[0] + 0.006, y, z) for y, z in ((0.155, b[1] - 0.01), (-0.155, b[1] - 0.01))]
    bezel = panels([[front[1], front[0], front[3], front[2]]], [FLAT])
    lit = move(panels([inner], [FLAT]), 0.002, 0.0, 0.001)
    return [
        Part(mesh=join([base, lid]), material=finish.steel, solid=False),
        Part(mesh=join([bezel, keys]), material=finish.black, solid=False),
        Part(mesh=lit, material=screen, solid=False),
    ]


def build_keyboard(finish: Finish) -> list[Part]:
    """Return a keyboard and a mouse; the mouse lies to the right of who faces -x."""
    board = box((0.14, 0.44, 0.02), (0, 0, 0), bottom=True)
    mouse = move(ball((0.055, 0.032, 0.03), level=0), 0.0, 0.31, 0.0)
    keep = mouse.vertices[mouse.faces][..., 2].max(axis=1) > 0.0
    flat = mouse.vertices.copy()
    flat[:, 2] = np.maximum(flat[:, 2], 0.0)
    rows = [box((0.02, 0.41, 0.004), (x, 0, 0.02)) for x in (-0.048, -0.024, 0.0, 0.024, 0.048)]
    half = Mesh(vertices=flat, faces=mouse.faces[keep], normals=mouse.normals, uv=mouse.uv)
    return [
        Part(mesh=join([board, half]), material=finish.black, solid=False),
        Part(mesh=join(rows), material=finish.dark, solid=False),
    ]


def build_papers(rng: np.random.Generator, finish: Finish) -> list[Part]:
    """Return a few sheets or a small pile."""
    high = float(rng.choice((0.004, 0.012, 0.035)))
    sheets = [move(box((0.297, 0.21, high), bottom=True), 0, 0, 0, float(rng.uniform(-0.2, 0.2)))]
    if high < 0.03:
        sheets.append(move(box((0.297, 0.21, 0.002)), 0.02, 0.02, high, float(rng.uniform(-0.4, 0.4))))
    return [Part(mesh=join(sheets), material=finish.paper, solid=False)]


def build_mug(rng: np.random.Generator, finish: Finish) -> list[Part]:
    """Return a mug with coffee."""
    cup = lathe([(0.034, 0.0), (0.04, 0.02), (0.04, 0.095), (0.034, 0.095), (0.033, 0.08)], 10)
    coffee = move(lathe([(0.034, 0.0), (0.0, 0.0)], 10), 0, 0, 0.08)
    ear = [
        tube((0.038, 0, 0.075), (0.068, 0, 0.07), 0.006, 4),
        tube((0.068, 0, 0.072), (0.066, 0, 0.034), 0.006, 4),
        tube((0.068, 0, 0.036), (0.038, 0, 0.024), 0.006, 4),
    ]
    hue = ((0.9, 0.9, 0.88), finish.accent, finish.second, (0.25, 0.27, 0.3))[int(rng.integers(4))]
    return [
        Part(mesh=join([cup, *ear]), material=Material(color=hue, specular=0.3), solid=False),
        Part(mesh=coffee, material=finish.soil, solid=False),
    ]


def build_phone(finish: Finish) -> list[Part]:
    """Return a desk telephone."""
    body = box((0.2, 0.18, 0.035), (0, 0, 0), bottom=True)
    handset = join([box((0.19, 0.045, 0.03), (0, -0.06, 0.04), bottom=True)])
    display = box((0.05, 0.09, 0.004), (-0.055, 0.03, 0.035))
    return [
        Part(mesh=join([body, handset]), material=finish.black, solid=False),
        Part(mesh=display, material=finish.film, solid=False),
    ]


def build_desk_lamp(finish: Finish) -> list[Part]:
    """Return a jointed lamp."""
    foot = lathe([(0.08, 0.0), (0.08, 0.015), (0.012, 0.03), (0.0, 0.03)], 12)
    arms = [tube((0, 0, 0.02), (-0.06, 0, 0.26), 0.008, 5), tube((-0.06, 0, 0.26), (0.14, 0, 0.42), 0.008, 5)]
    shade = move(lathe([(0.075, 0.0), (0.03, 0.09), (0.0, 0.1)], 10), 0.15, 0, 0.36)
    return [Part(mesh=join([foot, *arms, shade]), material=finish.accented, solid=False)]


def build_books(rng: np.random.Generator, finish: Finish) -> list[Part]:
    """Return a small pile of books."""
    parts, z = [], 0.0
    for _ in range(int(rng.integers(2, 5))):
        thick = float(rng.uniform(0.018, 0.04))
        hue = paint.MUTED[int(rng.integers(len(paint.MUTED)))]
        book = move(box((0.22, 0.16, thick), bottom=True), 0, 0, z, float(rng.uniform(-0.3, 0.3)))
        parts.append(Part(mesh=book, material=Material(color=(hue[0], hue[1], hue[2])), solid=False))
        z += thick
    return parts


def build_bowl(rng: np.random.Generator, finish: Finish) -> list[Part]:
    """Return a bowl of fruit."""
    bowl = lathe([(0.06, 0.0), (0.14, 0.07), (0.13, 0.07), (0.05, 0.02), (0.0, 0.02)], 14)
    parts = [Part(mesh=bowl, material=finish.white, solid=False)]
    hues = ((0.75, 0.18, 0.12), (0.9, 0.62, 0.15), (0.5, 0.65, 0.2))
    for k in range(5):
        a = 1.256 * k
        fruit = move(ball((0.042, 0.042, 0.04)), 0.06 * np.cos(a), 0.06 * np.sin(a), 0.075)
        parts.append(Part(mesh=fruit, material=Material(color=hues[k % 3], specular=0.2), solid=False))
    return parts


def build_picture(picture: Material, frame: Material, width: float, height: float, z: float) -> list[Part]:
    """Return something flat in a frame whose lower edge hangs at z: a picture, a board, a screen."""
    rim = box((0.025, width, height), (0.0125, 0, z), bottom=True)
    face = wall((0.027, width / 2 - 0.02), (0.027, -width / 2 + 0.02), z + 0.02, z + height - 0.02)
    return [Part(mesh=rim, material=frame, solid=False), Part(mesh=face, material=picture, solid=False)]


def build_pen_tray(finish: Finish, width: float, z: float) -> list[Part]:
    """Return the tray under a whiteboard with pens."""
    tray = box((0.06, width, 0.012), (0.03, 0, z), bottom=True)
    pens = [box((0.015, 0.12, 0.015), (0.035, y, z + 0.012)) for y in (-0.2, 0.0, 0.2)]
    return [
        Part(mesh=tray, material=finish.steel, solid=False),
        Part(mesh=join(pens), material=finish.red, solid=False),
    ]


def build_clock(face: Material, finish: Finish) -> list[Part]:
    """Return a wall clock."""
    turned = np.array([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 2.15], [0, 0, 0, 1]])
    body = lathe([(0.16, 0.0), (0.16, 0.035), (0.145, 0.035)], 20)
    vertices = body.vertices @ turned[:3, :3].T + turned[:3, 3]
    body = Mesh(
        vertices=vertices.astype(np.float32), faces=body.faces,
        normals=(body.normals @ turned[:3, :3].T).astype(np.float32), uv=body.uv,
    )  # fmt: skip
    angles = np.arange(20) * 2 * np.pi / 20
    rim = [(0.03, 0.15 * float(np.cos(a)), 2.15 + 0.15 * float(np.sin(a))) for a in angles]
    uv = [(0.5 + 0.5 * float(np.cos(a)), 0.5 + 0.5 * float(np.sin(a))) for a in angles]
    return [
        Part(mesh=body, material=finish.black, solid=False),
        Part(mesh=panels([rim], [uv]), material=face, solid=False),
    ]


def paint_sign(words: str, back: Rgb) -> Material:
    """Return the face of a sign."""
    return Material(texture=paint.plate(words, SIGN_FACE, back, lines=2), emissive=0.35, specular=0.0)


def build_plate(words: str, picture: Material, back: Rgb, width: float, height: float, z: float) -> list[Part]:
    """Return a sign flat on the wall, its lower edge at z."""
    rim = box((0.015, width, height), (0.0075, 0, z), bottom=True)
    face = wall((0.016, width / 2), (0.016, -width / 2), z, z + height)
    return [
        Part(mesh=face, material=picture, text=words, solid=False),
        Part(mesh=rim, material=Material(color=back), solid=False),
    ]


def build_blade(words: str, picture: Material, width: float, height: float, z: float) -> list[Part]:
    """Return a sign that stands out from the wall and is read from both sides; its lower edge is at z."""
    near, far = 0.06, 0.06 + width
    faces = [wall((near, 0.016), (far, 0.016), z, z + height), wall((far, -0.016), (near, -0.016), z, z + height)]
    rim = [box((width, 0.03, 0.012), ((near + far) / 2, 0, level), bottom=True) for level in (z - 0.012, z + height)]
    rim += [box((0.012, 0.03, height), (x, 0, z)) for x in (near - 0.006, far + 0.006)]
    rim.append(box((0.06, 0.02, 0.05), (0.03, 0, z + height / 2), bottom=True))
    return [
        Part(mesh=join(faces), material=picture, text=words, solid=False),
        Part(mesh=join(rim), material=Material(color=(0.35, 0.36, 0.38), specular=0.3), solid=False),
    ]


def build_exit_sign(picture: Material, z: float) -> list[Part]:
    """Return a lit green sign over a door."""
    case = box((0.05, 0.62, 0.31), (0.025, 0, z), bottom=True)
    face = wall((0.052, 0.31), (0.052, -0.31), z, z + 0.31)
    return [
        Part(mesh=face, material=picture, text="EXIT", solid=False),
        Part(mesh=case, material=Material(color=(0.85, 0.86, 0.86)), solid=False),
    ]


def build_extinguisher(finish: Finish) -> list[Part]:
    """Return a fire extinguisher on its hook, and the red sign above it."""
    body = move(
        lathe([(0.07, 0.0), (0.075, 0.02), (0.075, 0.42), (0.05, 0.5), (0.02, 0.52), (0.02, 0.56)], 12), 0.11, 0, 0.62
    )
    label = move(lathe([(0.0765, 0.78), (0.0765, 0.95)], 12), 0.11, 0, 0)
    head = [box((0.04, 0.035, 0.05), (0.11, 0, 1.17)), tube((0.11, 0, 1.2), (0.2, 0, 1.24), 0.008, 5)]
    head += [
        tube((0.12, 0.02, 1.17), (0.16, 0.08, 1.0), 0.01, 5),
        tube((0.16, 0.08, 1.0), (0.13, 0.09, 0.72), 0.012, 5),
    ]
    hook = box((0.03, 0.06, 0.12), (0.015, 0, 1.02), bottom=True)
    face = wall((0.008, 0.1), (0.008, -0.1), 1.55, 1.75)
    symbol = [
        wall((0.0085, y + w), (0.0085, y - w), a, b)
        for y, w, a, b in ((0.0, 0.03, 1.58, 1.68), (0.0, 0.015, 1.68, 1.71))
    ]
    return [
        Part(mesh=join([body, face]), material=finish.red, solid=False),
        Part(mesh=join([label, *symbol]), material=finish.paper, solid=False),
        Part(mesh=join([*head, hook]), material=finish.black, solid=False),
    ]


def build_printer(finish: Finish) -> list[Part]:
    """Return a copier that stands on the floor, 0.62 m x 0.7 m."""
    lower = box((0.6, 0.66, 0.62), (0, 0, 0.04))
    upper = [
        box((0.6, 0.66, 0.2), (0, 0, 0.82)),
        box((0.2, 0.66, 0.16), (-0.2, 0, 0.66)),
        box((0.6, 0.12, 0.16), (0, 0.27, 0.66)),
    ]
    feeder = box((0.44, 0.5, 0.12), (-0.06, 0.04, 1.03))
    base = [box((0.56, 0.62, 0.04))]
    base += [box((0.006, 0.6, 0.008), (0.3, 0, z), bottom=True) for z in (0.2, 0.36, 0.52)]
    base += [box((0.01, 0.16, 0.025), (0.302, 0, z), bottom=True) for z in (0.28, 0.44)]
    glow = panels([[(0.24, -0.3, 1.025), (0.33, -0.3, 1.0), (0.33, -0.1, 1.0), (0.24, -0.1, 1.025)]], [FLAT])
    ledge = box((0.1, 0.66, 0.03), (0.31, 0, 0.96), bottom=True)
    lid = box((0.56, 0.62, 0.012), (-0.01, 0, 1.02))
    sheets = box((0.21, 0.297, 0.012), (0.02, -0.08, 0.66))
    return [
        Part(mesh=join([lower, *upper, feeder, ledge]), material=finish.white),
        Part(mesh=join([*base, lid]), material=finish.dark, solid=False),
        Part(mesh=glow, material=finish.screens[0], solid=False),
        Part(mesh=sheets, material=finish.paper, solid=False),
    ]


def build_cartons(rng: np.random.Generator, finish: Finish) -> list[Part]:
    """Return a pile of cartons of paper."""
    boxes, z = [], 0.0
    for _ in range(int(rng.integers(2, 4))):
        boxes.append(move(box((0.3, 0.44, 0.26), tile=0.6), 0, 0, z, float(rng.uniform(-0.08, 0.08))))
        z += 0.26
    return [Part(mesh=join(boxes), material=finish.card)]


def build_rack(finish: Finish, front: Material) -> list[Part]:
    """Return a rack of servers."""
    body = box((0.9, 0.6, 2.05))
    face = wall((0.452, 0.27), (0.452, -0.27), 0.08, 1.98, (1, 2))
    return [Part(mesh=body, material=finish.black), Part(mesh=face, material=front, solid=False)]


def build_storage(rng: np.random.Generator, finish: Finish, width: float) -> list[Part]:
    """Return a steel shelf with cartons."""
    posts = [box((0.035, 0.035, 1.95), (i * 0.2, j * (width / 2 - 0.02), 0)) for i in (-1, 1) for j in (-1, 1)]
    levels = (0.12, 0.62, 1.12, 1.62)
    boards = [box((0.44, width, 0.025), (0, 0, z), bottom=True) for z in levels]
    cartons: list[Mesh] = []
    blue: list[Mesh] = []
    for z in levels:
        y = -width / 2 + 0.05
        while y < width / 2 - 0.35:
            wide, high = float(rng.uniform(0.25, 0.42)), float(rng.uniform(0.18, 0.36))
            if y + wide > width / 2 - 0.04:
                break
            pile = blue if rng.random() < 0.25 else cartons
            if rng.random() < 0.85:
                pile.append(
                    box((0.34, wide - 0.03, high), (rng.uniform(-0.02, 0.04), y + wide / 2, z + 0.025), tile=0.6)
                )
            y += wide
    return [
        Part(mesh=join([*posts, *boards]), material=finish.steel),
        Part(mesh=join(cartons), material=finish.card, solid=False),
        *([Part(mesh=join(blue), material=finish.accented, solid=False)] if blue else []),
    ]


def build_kitchen(finish: Finish, width: float, stone: Material) -> list[Part]:
    """Return a kitchen counter 0.62 m deep with a sink, and cupboards above it."""
    base = box((0.56, width, COUNTER - 0.14), (-0.02, 0, 0.1), tile=1.0)
    plinth = box((0.5, width, 0.1), (-0.03, 0, 0))
    top = box((0.62, width, 0.04), (0, 0, COUNTER - 0.04), tile=1.0, bottom=True)
    count = max(3, round(width / 0.6))
    lines = [
        box((0.004, 0.006, COUNTER - 0.16), (0.261, -width / 2 + k * width / count, 0.11)) for k in range(1, count)
    ]
    grips = [
        box((0.02, 0.16, 0.012), (0.27, -width / 2 + (k + 0.5) * width / count, COUNTER - 0.14), bottom=True)
        for k in range(count)
    ]
    splash = wall((-0.3, width / 2), (-0.3, -width / 2), COUNTER, 1.45, (width / 0.6, 0.9))
    upper = box((0.33, width, 0.62), (-0.145, 0, 1.45), tile=1.0, bottom=True)
    lines += [box((0.004, 0.006, 0.6), (0.021, -width / 2 + k * width / count, 1.46)) for k in range(1, count)]
    sink_y = width / 2 - 0.55
    basin = panels(
        [
            [
                (-0.16, sink_y - 0.25, 0.9215),
                (0.2, sink_y - 0.25, 0.9215),
                (0.2, sink_y + 0.25, 0.9215),
                (-0.16, sink_y + 0.25, 0.9215),
            ]
        ],
        [FLAT],
    )
    rim = box((0.42, 0.56, 0.0012), (0.02, sink_y, COUNTER))
    tap = move(build_sink(finish), -0.22, sink_y, COUNTER)
    return [
        Part(mesh=join([base, upper]), material=finish.white if finish.top is finish.wood else finish.wood),
        Part(mesh=top, material=stone, semantic="Table"),
        Part(mesh=plinth, material=finish.black),
        Part(mesh=join([*lines, *grips]), material=finish.dark, solid=False),
        Part(mesh=splash, material=stone, solid=False),
        Part(mesh=join([rim, tap]), material=finish.chrome, solid=False),
        Part(mesh=basin, material=finish.dark, solid=False),
    ]


def build_fridge(finish: Finish) -> list[Part]:
    """Return a fridge."""
    body = box((0.62, 0.6, 1.8), (-0.01, 0, 0.03))
    lines = [box((0.006, 0.6, 0.01), (0.3, 0, 1.2), bottom=True), box((0.58, 0.56, 0.03))]
    grips = [box((0.03, 0.02, 0.4), (0.315, 0.24, z), bottom=True) for z in (0.75, 1.25)]
    return [
        Part(mesh=body, material=finish.steel),
        Part(mesh=join([*lines, *grips]), material=finish.dark, solid=False),
    ]


def build_coffee_machine(finish: Finish) -> list[Part]:
    """Return a coffee machine for a counter."""
    body = [box((0.22, 0.3, 0.42), (-0.09, 0, 0)), box((0.2, 0.3, 0.14), (0.1, 0, 0.28), bottom=True)]
    tray = [box((0.2, 0.28, 0.04), (0.1, 0, 0))]
    nozzle = [box((0.05, 0.1, 0.08), (0.1, 0, 0.2), bottom=True)]
    lit = wall((0.202, 0.1), (0.202, -0.1), 0.31, 0.4)
    cup = move(lathe([(0.028, 0.0), (0.036, 0.08), (0.0, 0.08)], 10), 0.1, 0.0, 0.04)
    return [
        Part(mesh=join([*body, *nozzle]), material=finish.black, solid=False),
        Part(mesh=join(tray), material=finish.chrome, solid=False),
        Part(mesh=cup, material=finish.paper, solid=False),
        Part(mesh=lit, material=finish.screens[4], solid=False),
    ]


def build_microwave(finish: Finish) -> list[Part]:
    """Return a microwave oven."""
    body = box((0.36, 0.5, 0.29), (0, 0, 0), bottom=True)
    pane = wall((0.182, 0.13), (0.182, -0.23), 0.05, 0.25)
    return [
        Part(mesh=body, material=finish.steel, solid=False),
        Part(mesh=pane, material=finish.black, solid=False),
    ]


def build_kettle(finish: Finish) -> list[Part]:
    """Return a kettle."""
    body = lathe([(0.08, 0.0), (0.085, 0.02), (0.06, 0.2), (0.02, 0.22), (0.0, 0.23)], 12)
    grip = [tube((0.06, 0, 0.18), (0.12, 0, 0.17), 0.01, 5), tube((0.12, 0, 0.17), (0.11, 0, 0.06), 0.01, 5)]
    return [
        Part(mesh=body, material=finish.chrome, solid=False),
        Part(mesh=join(grip), material=finish.black, solid=False),
    ]


def build_washstand(finish: Finish, width: float, stone: Material) -> list[Part]:
    """Return a washstand with basins, taps and a mirror."""
    slab = box((0.5, width, 0.1), (0, 0, 0.76), tile=1.0, bottom=True)
    below = box((0.04, width, 0.76), (-0.23, 0, 0), tile=1.0)
    count = max(1, round(width / 0.9))
    spots = [-width / 2 + (k + 0.5) * width / count for k in range(count)]
    bowls = [
        move(lathe([(0.12, 0.0), (0.19, 0.1), (0.18, 0.1), (0.1, 0.02), (0.0, 0.02)], 16), 0.02, y, 0.86) for y in spots
    ]
    taps = [move(build_sink(finish), -0.21, y, 0.86) for y in spots]
    mirror = wall((-0.238, width / 2 - 0.05), (-0.238, -width / 2 + 0.05), 1.1, 2.0)
    edge = box((0.012, width - 0.08, 0.92), (-0.245, 0, 1.09), bottom=True)
    return [
        Part(mesh=slab, material=stone),
        Part(mesh=below, material=stone),
        Part(mesh=join(bowls), material=finish.white, solid=False),
        Part(mesh=join([*taps, edge]), material=finish.chrome, solid=False),
        Part(mesh=mirror, material=Material(color=(0.68, 0.75, 0.78), specular=0.8), solid=False),
    ]


def build_cabins(finish: Finish, count: int) -> list[Part]:
    """Return a row of toilet cabins 0.95 m wide and 1.4 m deep, their doors to +x."""
    wide, deep = 0.95, 1.4
    width = count * wide
    partitions = [box((deep, 0.03, 1.9), (0, -width / 2 + k * wide, 0.12), bottom=True) for k in range(count + 1)]
    fronts, doors, signs = [], [], []
    for k in range(count):
        y = -width / 2 + (k + 0.5) * wide
        fronts += [
            box((0.03, 0.14, 1.9), (deep / 2, y + side * (wide / 2 - 0.07), 0.12), bottom=True) for side in (-1, 1)
        ]
        doors.append(box((0.03, wide - 0.3, 1.84), (deep / 2 - 0.005, y, 0.15), bottom=True))
        signs += [
            box((0.02, 0.03, 0.03), (deep / 2 + 0.015, y + 0.26, 1.0), bottom=True),
            box((0.01, 0.1, 0.02), (deep / 2 + 0.013, y + 0.25, 1.1), bottom=True),
        ]
    rail = box((0.04, width, 0.05), (deep / 2, 0, 2.02), bottom=True)
    feet = [box((0.03, 0.03, 0.12), (deep / 2, -width / 2 + k * wide, 0)) for k in range(count + 1)]
    return [
        Part(mesh=join([*partitions, *fronts]), material=finish.white, semantic="Wall"),
        Part(mesh=join(doors), material=finish.accented, semantic="Door"),
        Part(mesh=join([rail, *feet, *signs]), material=finish.steel, solid=False),
    ]


def build_reception(finish: Finish, width: float, sign: Material, name: Material) -> list[Part]:
    """Return a reception desk: a high front with the word, a low table behind it; visitors stand at +x."""
    front = box((0.08, width, 1.08), (0.36, 0, 0.0), tile=1.0)
    cheeks = [box((0.7, 0.06, 1.08), (0.05, side * (width / 2 - 0.03), 0), tile=1.0) for side in (-1, 1)]
    shelf = box((0.34, width + 0.06, 0.04), (0.3, 0, 1.08), tile=1.0, bottom=True)
    table = box((0.7, width - 0.12, 0.03), (-0.03, 0, DESK_TOP - 0.03), tile=1.0, bottom=True)
    band = box((0.012, width - 0.3, 0.05), (0.402, 0, 0.08), bottom=True)
    face = wall((0.408, 0.75), (0.408, -0.75), 0.42, 0.79)
    return [
        Part(mesh=join([front, *cheeks]), material=finish.wood),
        Part(mesh=join([shelf, table]), material=finish.white),
        Part(mesh=band, material=finish.accented, solid=False),
        Part(mesh=face, material=sign, text="RECEPTION", solid=False),
    ]


def build_lift(finish: Finish, clear: float, top: float) -> list[Part]:
    """Return the doors of a lift, their frame, and its button: the front lies at x = 0, the doors behind it."""
    leaves = [box((0.04, clear / 2 - 0.003, top), (-0.09, side * clear / 4, 0), tile=None) for side in (-1, 1)]
    frame = [box((0.13, 0.09, top), (-0.045, side * (clear / 2 + 0.03), 0)) for side in (-1, 1)]
    frame.append(box((0.13, clear + 0.15, 0.1), (-0.045, 0, top - 0.02), bottom=True))
    button = box((0.02, 0.09, 0.24), (0.01, -clear / 2 - 0.25, 1.0), bottom=True)
    lit = wall((0.021, -clear / 2 - 0.23), (0.021, -clear / 2 - 0.27), 1.1, 1.14)
    shown = box((0.02, 0.3, 0.1), (0.02, 0, top + 0.14), bottom=True)
    arrow = panels([[(0.031, -0.04, top + 0.165), (0.031, 0.04, top + 0.165), (0.031, 0.0, top + 0.22)]], [FLAT[:3]])
    glow = Material(color=(1.0, 0.55, 0.15), emissive=1.0)
    return [
        Part(mesh=join(leaves), material=finish.steel, semantic="Door"),
        Part(mesh=join(frame), material=finish.chrome, semantic="Door"),
        Part(mesh=join([button, shown]), material=finish.black, semantic="Door", solid=False),
        Part(mesh=join([lit, arrow]), material=glow, semantic="Door", solid=False),
    ]
