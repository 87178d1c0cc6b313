"""From an episode of a file to one that a World runs in a scene of ours."""

from __future__ import annotations

import numpy as np

from embodied.episode import EpisodeSpec
from embodied.episode_files.contract import NavigationEpisode
from scenes.walkable import Walkable


def episode_spec(
    episode: NavigationEpisode,
    walkable: Walkable,
    *,
    number: int = 0,
    seed: int = 0,
    max_time: float,
    success_radius: float | None = None,
    instruction: str | None = None,
    goal_name: str | None = None,
) -> EpisodeSpec:
    """Return what a World needs to run an episode of a file on the ground of a scene.

    Heights are left out: our scenes have one floor. Of several goals the nearest over the ground is taken. The geodesic
    distance is measured here; the file's own stays in `episode.geodesic_distance`. The reference path is the file's, or
    the shortest path where it has none.

    Args:
        episode: of a file, see `load_episodes`.
        walkable: the scene's ground for the robot's radius.
        number: index within the run. seed: of the episode.
        max_time: seconds, then the episode is truncated.
        success_radius: metres; None: the goal's own radius.
        instruction: what the robot is told; None: the file's words, or "".
        goal_name: words of the goal; None: the file's `info.goal_name` or object category, or "goal".

    Raises:
        ValueError: one line: start or goal lies off the ground, no way joins them, or no radius is given.
    """
    where = f"episode {episode.episode_id}"
    start, layout = episode.start[:2], (episode.info or {}).get("scene_seed")
    hint = "is this the scene of the file?" if layout is None else f"the file was made with scene.seed={layout}"
    _check_place(walkable, start, f"{where}: start", hint)
    if not episode.goals:
        raise ValueError(f"{where}: goals: expected at least one, found none; take a split whose goals are public")
    for index, goal in enumerate(episode.goals):
        _check_place(walkable, goal.position[:2], f"{where}: goal" + f" {index}" * (index > 0), hint)
    places = np.array([goal.position[:2] for goal in episode.goals])
    distances = walkable.geodesics(start, places)
    nearest = int(np.argmin(distances))
    if not np.isfinite(distances[nearest]):
        x, y = places[nearest]
        raise ValueError(f"{where}: goal ({x:g}, {y:g}) cannot be reached from the start; take another episode")
    radius = episode.goals[nearest].radius if success_radius is None else success_radius
    if radius is None or not radius > 0:
        raise ValueError(f"{where}: success radius: expected metres above 0, got {radius}; set task.success_radius")
    if episode.reference_path is not None and len(episode.reference_path) > 1:
        path = [(x, y) for x, y, _ in episode.reference_path]
    else:
        path = [(float(x), float(y)) for x, y in walkable.shortest_path(start, places[nearest])]
    words = episode.instruction.text if episode.instruction is not None else ""
    named = (episode.info or {}).get("goal_name") or episode.extra.get("object_category") or "goal"
    return EpisodeSpec(
        episode_id=number,
        seed=seed,
        start=(start[0], start[1], episode.yaw),
        goal=(float(places[nearest, 0]), float(places[nearest, 1])),
        goal_name=str(named) if goal_name is None else goal_name,
        instruction=words if instruction is None else instruction,
        success_radius=radius,
        max_time=max_time,
        geodesic_distance=float(distances[nearest]),
        reference_path=tuple(path),
    )


def _check_place(walkable: Walkable, place: tuple[float, float], what: str, hint: str) -> None:
    if bool(walkable.contains([place])[0]):
        return
    x, y = place
    left, bottom, right, top = walkable.polygon.bounds
    if left <= x <= right and bottom <= y <= top:
        gap = float(np.linalg.norm(walkable.snap(place) - place))
        raise ValueError(
            f"{what} ({x:g}, {y:g}) lies off the ground, {gap:.2f} m from where a robot of radius "
            f"{walkable.radius:g} m can stand; {hint}"
        )
    raise ValueError(
        f"{what} ({x:g}, {y:g}) lies outside the map, x {left:.1f} to {right:.1f}, y {bottom:.1f} to {top:.1f}; {hint}"
    )
