from pathlib import Path

import numpy as np
import pytest

from scenes.scene import Scene
from tests.scenes.mesh_house import build, house, write


@pytest.fixture(scope="module")
def glb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small house as a GLB file."""
    checks = (np.indices((64, 64)).sum(axis=0) % 2 * 200).astype(np.uint8)
    return write(tmp_path_factory.mktemp("house") / "house.glb", house(), picture=np.stack([checks] * 3, axis=-1))


@pytest.fixture(scope="module")
def scene(glb: Path) -> Scene:
    """The small house as a scene."""
    return build(glb)
