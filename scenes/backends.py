"""The backends by name, and the choice between them."""

from __future__ import annotations

from dataclasses import dataclass

from scenes.bullet import SIM_DT, BulletBackend
from scenes.gl import GLBackend, GLPainter

BACKENDS: dict[str, type[BulletBackend]] = {"gl": GLBackend, "tiny": BulletBackend}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A backend's name, "gl" or "tiny", and why it was taken."""

    name: str
    reason: str

    def make(self, *, sim_dt: float = SIM_DT) -> BulletBackend:
        """Return a new backend of this kind whose physics step is `sim_dt` seconds."""
        return BACKENDS[self.name](sim_dt=sim_dt)


def choose_backend(name: str = "auto") -> Choice:
    """Return the backend called `name`; "auto" is "gl" where an EGL context can be made, else "tiny".

    Raises:
        ValueError: another name.
    """
    if name in BACKENDS:
        return Choice(name=name, reason="asked for")
    if name != "auto":
        raise ValueError(f"backend: expected auto, {', '.join(BACKENDS)}, got {name!r}")
    try:
        painter = GLPainter()
    except RuntimeError as error:
        return Choice(name="tiny", reason=str(error))
    driver = painter.driver
    painter.close()
    return Choice(name="gl", reason=f"OpenGL by {driver}")
