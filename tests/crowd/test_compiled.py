import os
import subprocess
import sys
from pathlib import Path

import pytest

import crowd.compiled as compiled_module
from crowd.compiled import compiled


def test_a_place_where_no_cache_can_be_written_compiles_in_memory(monkeypatch):
    real = compiled_module.njit

    def without_cache(*arguments, **options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'f': no locator available for file 'f.py'")
        return real(*arguments, **options)

    monkeypatch.setattr(compiled_module, "njit", without_cache)
    assert compiled(lambda x: 2.0 * x)(3.0) == 6.0


@pytest.mark.slow
def test_what_was_just_compiled_and_what_is_read_from_disk_give_the_same_bytes(tmp_path: Path) -> None:
    program = """
import numpy as np
from crowd.protocol import nearest_tracks

rng = np.random.default_rng(0)
walk = lambda n: rng.normal(size=2) * 5 + np.cumsum(rng.normal(size=(n, 2)) * 0.3, axis=0)
one, other = ([walk(int(n)) for n in rng.integers(2, 120, 300)] for _ in range(2))
print(*(array.tobytes().hex() for array in nearest_tracks(one, other)))
"""
    command, where = [sys.executable, "-c", program], os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    first, second = (subprocess.run(command, env=where, check=True, capture_output=True).stdout for _ in range(2))
    assert any(tmp_path.rglob("*.nbc")) and first == second
