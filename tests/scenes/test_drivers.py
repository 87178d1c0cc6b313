"""Every OpenGL driver draws the same pictures, within a tolerance: a GPU, and two software drivers of Mesa.

Of the pixels, ids agree in 99.9 %; where they do, depths agree within 1 cm in 99.9 %, and colours within 8 of 255 in
98 %.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SOFTWARE = ("llvmpipe", "softpipe", "swrast")
DRAW = """
import sys
sys.path[:0] = ["tests/scenes", "."]
from dataclasses import replace
import numpy as np
from test_pixel_truth import stage
backend, camera, _, _ = stage("gl")
frame = backend.render(replace(camera, width=160, height=120))
np.savez(sys.argv[1], driver=backend._painter.driver, rgb=frame.rgb, depth=frame.depth, instance=frame.instance)
"""


def draw(path, **environment):
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(path)], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )
    if done.returncode:
        return None, done.stderr
    with np.load(path) as file:
        return dict(file), ""


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    picture, error = draw(tmp_path_factory.mktemp("driver") / "reference.npz", LIBGL_ALWAYS_SOFTWARE="1")
    assert picture is not None, error
    assert any(name in str(picture["driver"]) for name in SOFTWARE)
    return picture


def compare(reference, other):
    same = reference["instance"] == other["instance"]
    assert same.mean() > 0.999
    seen = same & np.isfinite(reference["depth"])
    assert (np.abs(reference["depth"][seen] - other["depth"][seen]) < 0.01).mean() > 0.999
    off = np.abs(reference["rgb"].astype(int) - other["rgb"]).max(axis=2)[same]
    assert (off <= 8).mean() > 0.98 and off.mean() < 3.0


@pytest.mark.slow  # it interprets its shaders
def test_another_software_driver_draws_the_same(reference, tmp_path):
    slow = {"GALLIUM_DRIVER": "softpipe", "MESA_GL_VERSION_OVERRIDE": "4.3", "MESA_GLSL_VERSION_OVERRIDE": "430"}
    picture, error = draw(tmp_path / "other.npz", LIBGL_ALWAYS_SOFTWARE="1", **slow)
    if picture is None or "softpipe" not in str(picture["driver"]):
        pytest.skip(f"Mesa has no softpipe here: {error[-200:]}")
    compare(reference, picture)


@pytest.mark.slow
def test_a_gpu_draws_the_same(reference, tmp_path):
    picture, error = draw(tmp_path / "gpu.npz")
    assert picture is not None, error
    if any(name in str(picture["driver"]) for name in SOFTWARE):
        pytest.skip(f"no GPU here: OpenGL is {picture['driver']}")
    compare(reference, picture)
