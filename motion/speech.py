"""The jaw of somebody who speaks: syllables in phrases, with short pauses. Compiled.

Voiced syllables come at 4 to 6 a second (Ding et al., Neurosci. Biobehav. Rev. 81, 2017: about 5 in all languages).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motion.feet import smooth
from motion.rotation import compiled
from motion.state import roll

WIDEST = np.radians(11.0)  # rad, that the jaw opens at most
SHUT = 0.1  # s, in which a mouth closes whose owner falls silent


@compiled
def speak(state: Any, rig: Any, speaks: bool, dt: float) -> None:
    """Move the jaw for `dt` s of speech, or shut it and keep it shut.

    It goes from one angle to the next, each way a raised cosine: wide, nearly shut, wide, ..., shut for a pause.
    """
    if state.aloud == 0.0:
        state.jaw, state.phrase_left = 0.0, 0.0
        state.opening[:] = 0.0
        state.way[:] = 1.0  # done, so that speech begins with a pause
    if not speaks:
        state.aloud -= dt / SHUT
        if state.aloud < 1e-6:
            state.aloud = 0.0
    else:
        state.aloud = min(1.0, state.aloud + dt / SHUT)
        state.phrase_left -= dt
        state.way[0] += dt * state.way[1]
        while state.way[0] >= 1.0:
            late = (state.way[0] - 1.0) / state.way[1]
            _go_on(state, rig)
            state.way[0] = late * state.way[1]
    share = 0.5 - 0.5 * np.cos(np.pi * state.way[0])
    wave = state.opening[0] + share * (state.opening[1] - state.opening[0])
    state.jaw = smooth(state.aloud) * wave


@compiled
def _go_on(state: Any, rig: Any) -> None:
    """Choose where the jaw goes from here, and how fast."""
    before, now = state.opening[0], state.opening[1]
    state.opening[0] = now
    if now > before:  # wide: on to the end of the syllable, as fast as it opened
        state.opening[1] = 0.0 if state.phrase_left <= 0.0 else now * (0.1 + 0.4 * roll(state))
    elif now == 0.0 and state.phrase_left <= 0.0:
        pause = 0.25 + 0.40 * roll(state)
        state.opening[1], state.way[1] = 0.0, 1.0 / pause
        state.phrase_left = pause + 1.0 + 2.0 * roll(state)
    else:
        wide = (0.35 + 0.65 * roll(state)) * rig.lively**0.5 * 0.85
        state.opening[1] = max(WIDEST * min(wide, 1.0), 1.15 * now)
        state.way[1] = 2.0 * min(max((4.2 + 1.6 * roll(state)) * rig.lively**0.3, 4.0), 6.0)
