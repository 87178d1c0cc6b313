"""Populations: quotas that are met exactly, people who are different, and who knows whom."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, shortest_path

from embodied.minds.acquaintance import Degrees, acquaint, mean_degrees
from embodied.minds.demography import DEFAULT, Demography, read_demography
from embodied.minds.persona import TRAITS, Persona, check_people
from embodied.minds.population import NAMES, draw_people, quotas
from embodied.minds.quotas import fit, largest_remainder, round_table

SIZES = (1, 7, 100, 10_000)


@pytest.fixture(scope="module")
def demography() -> Demography:
    return read_demography()


@pytest.fixture(scope="module")
def town(demography: Demography) -> tuple[Persona, ...]:
    return draw_people(demography, 10_000, np.random.default_rng(5))


def value(person: Persona, name: str) -> str:
    if name == "occupation":
        return person.occupation.title if person.occupation else "none"
    if name == "age_group":
        return person.appearance.age_group
    return str(person.traits[name]) if name in TRAITS else str(getattr(person, name))


@pytest.mark.parametrize("n", SIZES)
def test_every_quota_is_met_exactly(demography: Demography, n: int) -> None:
    people = draw_people(demography, n, np.random.default_rng(n))
    wanted = quotas(demography, n)
    assert len(people) == n and len(wanted) == len(demography.categories) + len(demography.tables)
    for over, cells in wanted.items():
        counted = Counter(tuple(value(person, name) for name in over) for person in people)
        assert counted == Counter({cell: count for cell, count in cells.items() if count}), over


@pytest.mark.parametrize("n", SIZES)
def test_quotas_are_largest_remainders_of_what_the_file_says(demography: Demography, n: int) -> None:
    """Counted anew from the YAML, marginal by marginal; the default town allows it at every size."""
    document = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    whole = quotas(demography, n)
    for name, shares in document["marginals"].items():
        cells = {key[0]: count for key, count in whole[(name,)].items()}
        exact = {str(category): n * share / sum(shares.values()) for category, share in shares.items()}
        assert sum(cells.values()) == n
        assert all(abs(cells[category] - amount) < 1 for category, amount in exact.items())
        up = [exact[c] - int(exact[c] + 1e-9) for c in exact if cells[c] > exact[c] + 1e-9]
        down = [exact[c] - int(exact[c] + 1e-9) for c in exact if cells[c] < exact[c] - 1e-9]
        assert not up or not down or min(up) >= max(down) - 1e-9, "a smaller remainder was rounded up"


@pytest.mark.parametrize("n", SIZES)
def test_joint_tables_agree_with_their_margins_and_are_near_the_weights(demography: Demography, n: int) -> None:
    cells = quotas(demography, n)
    for table in demography.tables:
        a, b = table.over
        for axis, name in enumerate(table.over):
            sums: Counter[str] = Counter()
            for key, count in cells[table.over].items():
                sums[key[axis]] += count
            assert sums == Counter({key[0]: count for key, count in cells[(name,)].items()})
        counts = np.array(list(cells[table.over].values())).reshape(table.weights.shape)
        assert not counts[table.weights == 0].any()
        rows = np.array(list(cells[(a,)].values()))
        real = table.weights / table.weights.sum(axis=1, keepdims=True) * rows[:, None]
        if b not in demography.marginals:
            assert np.abs(counts - real).max() < 1.5
        elif n == 10_000:
            assert np.abs(counts - real).max() < 0.02 * n, "fitted to the marginal, but still like the weights"


def test_people_are_different_and_the_same_for_the_same_seed(demography: Demography, town: Sequence[Persona]) -> None:
    assert len({person.name for person in town}) == len({person.id for person in town}) == 10_000
    assert draw_people(demography, 50, np.random.default_rng(3)) == draw_people(
        demography, 50, np.random.default_rng(3)
    )
    assert draw_people(demography, 50, np.random.default_rng(3)) != draw_people(
        demography, 50, np.random.default_rng(4)
    )
    assert [p.id for p in draw_people(demography, 3, np.random.default_rng(0), first_id=9)] == [9, 10, 11]
    assert all(6 <= person.age <= 90 and person.appearance.bodies() for person in town[:300])
    working = [person for person in town if person.occupation and person.occupation.organisation]
    assert all(person.routine and person.routine[0].place == person.occupation.organisation for person in working)  # type: ignore[union-attr]


def test_ten_thousand_people_take_a_few_seconds(demography: Demography) -> None:
    start = time.process_time()
    draw_people(demography, 10_000, np.random.default_rng(1))
    assert time.process_time() - start < 6.0


def test_what_no_table_joins_is_independent(town: tuple[Persona, ...]) -> None:
    """Chi-square over its degrees of freedom is about 1, within adults, who share the tables over age."""
    adults = [person for person in town if person.appearance.age_group == "adult"]
    for a, b in (("gender", "occupation"), ("occupation", "hurry"), ("gender", "language"), ("boldness", "patience")):
        pairs = Counter((value(person, a), value(person, b)) for person in adults if person.gender != "nonbinary")
        rows, columns = (sorted({key[axis] for key in pairs}) for axis in (0, 1))
        table = np.array([[pairs[(row, column)] for column in columns] for row in rows], dtype=float)
        expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
        freedom = (len(rows) - 1) * (len(columns) - 1)
        assert ((table - expected) ** 2 / expected).sum() / freedom < 2.5, (a, b)


def test_names_are_many_and_no_two_lists_share_a_first_name() -> None:
    names = yaml.safe_load(NAMES.read_text(encoding="utf-8"))
    firsts = [name for kind in ("woman", "man", "nonbinary") for name in names[kind]]
    assert len(set(firsts)) == len(firsts) >= 100 and len(set(names["family"])) == len(names["family"]) >= 150
    assert all(isinstance(name, str) and name == name.strip() for name in (*firsts, *names["family"]))


# ---------------------------------------------------------------- rounding


def test_largest_remainder_by_hand() -> None:
    assert largest_remainder(np.array([0.5, 0.3, 0.2]), 7).tolist() == [4, 2, 1]  # 3.5, 2.1, 1.4
    assert largest_remainder(np.array([1.0, 1.0, 1.0]), 2).tolist() == [1, 1, 0], "of equals the first"
    assert largest_remainder(np.array([0.1, 0.7, 0.2]), 10).tolist() == [1, 7, 2], "no noise of floats"


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8).filter(lambda w: sum(w) > 0.01), st.integers(1, 500))
@settings(max_examples=60, deadline=None)
def test_largest_remainder_keeps_the_quota_rule(weights: list[float], total: int) -> None:
    counts = largest_remainder(np.array(weights), total)
    exact = total * np.array(weights) / sum(weights)
    assert counts.sum() == total and np.abs(counts - exact).max() < 1.0 + 1e-6


def nearest_by_trying(
    exact: np.ndarray, allowed: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> tuple[float, float]:
    """Return the distances of the best table among all: of its sums from the columns (0: exact), of its cells."""
    sums = largest_remainder(columns, int(rows.sum()))
    real = columns / columns.sum() * rows.sum()
    options = [[x for x in itertools.product(range(r + 1), repeat=len(columns)) if sum(x) == r] for r in rows]
    found = []
    for table in map(np.array, itertools.product(*options)):
        if not table[~allowed].any():
            off = 0.0 if (table.sum(axis=0) == sums).all() else 1.0 + ((table.sum(axis=0) - real) ** 2).sum()
            found.append((round(off, 6), round(float(((table - exact)[allowed] ** 2).sum()), 4)))
    return min(found)


@pytest.mark.parametrize("seed", range(25))
def test_rounded_tables_are_the_nearest_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.random((3, 3)) * (rng.random((3, 3)) < 0.7)
    weights[weights.sum(axis=1) == 0] = 1.0
    shares = rng.dirichlet(np.ones(3))
    rows = largest_remainder(shares, int(rng.integers(2, 7)))
    joint = fit(weights, shares, None)
    exact, allowed, columns = joint / shares[:, None] * rows[:, None], weights > 0, joint.sum(axis=0)
    table = round_table(exact, allowed, rows, columns)
    assert (table.sum(axis=1) == rows).all() and not table[~allowed].any()
    off, cells = nearest_by_trying(exact, allowed, rows, columns)
    mine = ((table - exact)[allowed] ** 2).sum()
    if off == 0.0:
        assert (table.sum(axis=0) == largest_remainder(columns, int(rows.sum()))).all()
        assert mine == pytest.approx(cells, abs=1e-3)
    else:
        real = columns / columns.sum() * rows.sum()
        assert 1.0 + ((table.sum(axis=0) - real) ** 2).sum() == pytest.approx(off, abs=1e-5)


def test_impossible_cells_stay_empty_where_they_forbid_the_remainders() -> None:
    allowed = np.array([[True, False], [False, True]])
    table = round_table(np.array([[3.0, 0.0], [0.0, 1.0]]), allowed, np.array([3, 1]), np.array([0.5, 0.5]))
    assert table.tolist() == [[3, 0], [0, 1]]


def test_proportional_fitting_meets_both_margins_and_keeps_odds() -> None:
    weights = np.array([[4.0, 1.0], [2.0, 3.0]])
    table = fit(weights, np.array([0.3, 0.7]), np.array([0.6, 0.4]))
    assert table.sum(axis=1) == pytest.approx([0.3, 0.7]) and table.sum(axis=0) == pytest.approx([0.6, 0.4])
    odds = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in (weights, table)]
    assert odds[0] == pytest.approx(odds[1])


# ---------------------------------------------------------------- files

SMALL = "marginals: {age_group: {adult: 1}, gender: {woman: 1, man: 1}}\n"


def test_tables_over_three_variables_and_from_a_table_alone(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(
        """
tables:
  - {over: [age_group, gender], weights: {young: {woman: 3, man: 2}, adult: {woman: 1, man: 4}}}
  - over: [gender, age_group, occupation]
    weights:
      woman: {young: {student: 1}, adult: {nurse: 1, doctor: 2}}
      man: {young: {student: 1, cook: 1}, adult: {doctor: 1}}
""",
        encoding="utf-8",
    )
    demography = read_demography(path)
    people = draw_people(demography, 20, np.random.default_rng(0))
    counted = Counter((value(p, "gender"), value(p, "age_group"), value(p, "occupation")) for p in people)
    wanted = quotas(demography, 20)[("gender", "age_group", "occupation")]
    assert counted == Counter({cell: count for cell, count in wanted.items() if count})
    assert wanted[("man", "adult", "doctor")] == 8 and wanted[("woman", "young", "student")] == 6


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("marginal: {}", "marginal: unknown, expected one of marginals, tables, work; did you mean marginals?"),
        ("marginals: {gender: {woman: 1}}", "marginals.age_group: expected shares here or in a table"),
        ("marginals: {genders: {woman: 1}}", "did you mean gender?"),
        ("marginals: {gender: {female: 1}}", "marginals.gender.female: unknown, expected one of woman, man"),
        ("marginals: {boldness: {6: 1}}", "marginals.boldness.6: unknown"),
        ("marginals: {gender: {woman: -1}}", "marginals.gender.woman: expected a share from 0, got -1"),
        ("marginals: {gender: {woman: many}}", "got 'many'"),
        ("marginals: {gender: {woman: 0}}", "marginals.gender: expected a share above 0"),
        ("marginals: [1]", "marginals: expected fields"),
        (SMALL + "tables: {over: 1}", "tables: expected a list"),
        (SMALL + "tables: [{over: [gender], weights: {}}]", "tables.0.over: expected two or more"),
        (SMALL + "tables: [{over: [gender, hom], weights: {}}]", "did you mean home?"),
        (SMALL + "tables: [{over: [gender, home], weights: {woman: 3}}]", "tables.0.weights.woman: expected fields"),
        (SMALL + "tables: [{over: [home, gender], weights: {x: {boy: 3}}}]", "tables.0.weights.x.boy: unknown"),
        (SMALL + "tables: [{over: [gender, age_group, home], weights: {}}]", "together in an earlier table"),
        (SMALL + "work: {baker: {organizations: [x]}}", "did you mean organisations?"),
        (SMALL + "work: {baker: {from: 9, to: 8}}", "work.baker: expected hours"),
        (SMALL + "work: {baker: {team: 0}}", "work.baker.team"),
    ],
)  # fmt: skip
def test_a_bad_demography_gives_one_line(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as caught:
        read_demography(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value) and part in str(caught.value)


def test_what_cannot_be_drawn_gives_one_line(tmp_path: Path, demography: Demography) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(SMALL + "tables: [{over: [gender, home], weights: {woman: {a: 1}}}]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"tables\.0 \(gender, home\): expected a weight above 0 in every row"):
        quotas(read_demography(path), 4)
    path.write_text("marginals: {age_group: {child: 1}, gender: {woman: 1}, occupation: {baker: 1}}", encoding="utf-8")
    with pytest.raises(ValueError, match="occupation: expected none or pupil for a child, got 'baker'"):
        draw_people(read_demography(path), 1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="n: expected 1 person or more, got 0"):
        quotas(demography, 0)


# ---------------------------------------------------------------- who knows whom


@pytest.fixture(scope="module")
def acquainted(town: tuple[Persona, ...]) -> tuple[Persona, ...]:
    return acquaint(town, np.random.default_rng(2))


def test_everybody_has_as_many_ties_as_asked_for(demography: Demography, acquainted: tuple[Persona, ...]) -> None:
    check_people(acquainted)  # two-sided, one spouse, parents older
    found = mean_degrees(acquainted)
    assert (found.family, found.work, found.others) == pytest.approx((1.6, 2.5, 4.0), abs=0.01)
    few = draw_people(demography, 500, np.random.default_rng(8))
    wanted = Degrees(family=0.8, work=1.0, others=6.0)
    found = mean_degrees(acquaint(few, np.random.default_rng(2), wanted))
    assert (found.family, found.work, found.others) == pytest.approx((0.8, 1.0, 6.0), abs=0.05)
    nobody = acquaint(few, np.random.default_rng(2), Degrees(family=0, work=0, others=0))
    assert not any(person.relationships for person in nobody)


def test_ties_are_seeded_and_make_sense(town: tuple[Persona, ...], acquainted: tuple[Persona, ...]) -> None:
    few = town[:300]
    assert acquaint(few, np.random.default_rng(1)) == acquaint(few, np.random.default_rng(1))
    assert acquaint(few, np.random.default_rng(1)) != acquaint(few, np.random.default_rng(2))
    by_id = {person.id: person for person in acquainted}
    for person in acquainted:
        parents = [other for other, kind in person.relationships.items() if kind == "parent"]
        assert len(parents) in (0, 2)
        if parents:
            assert by_id[parents[0]].relationships[parents[1]] == "married"
        for other, kind in person.relationships.items():
            if kind in ("colleague", "classmate"):
                assert person.occupation.organisation == by_id[other].occupation.organisation  # type: ignore[union-attr]
            if kind == "sibling":
                theirs = by_id[other].relationships
                assert parents == [number for number, what in theirs.items() if what == "parent"]
    crowded = acquaint(few, np.random.default_rng(1), Degrees(family=9.0, work=0.0, others=0.0))  # as many as can be
    check_people(crowded)
    parents_of = {
        person.id: frozenset(other for other, kind in person.relationships.items() if kind == "parent")
        for person in crowded
    }
    for person in crowded:
        for other in (number for number, kind in person.relationships.items() if kind == "married"):
            assert not parents_of[person.id] & parents_of[other], "no two siblings marry"
    with pytest.raises(ValueError, match=r"degrees\.family: expected a mean degree from 0, got -1"):
        acquaint(few, np.random.default_rng(1), Degrees(family=-1))
    for n in (1, 2, 7):
        check_people(acquaint(town[:n], np.random.default_rng(0)))


def test_it_is_a_small_world(town: tuple[Persona, ...]) -> None:
    """Friends alone: clustered far above a random graph of this degree, yet few steps from anybody to anybody."""
    people = acquaint(town[:1500], np.random.default_rng(4), Degrees(family=0.0, work=0.0, others=8.0))
    place = {person.id: k for k, person in enumerate(people)}
    edges = np.array([(place[p.id], place[other]) for p in people for other in p.relationships])
    graph = csr_matrix((np.ones(len(edges)), edges.T), shape=(len(people), len(people)))
    degree = np.asarray(graph.sum(axis=1)).ravel()
    triangles = (graph @ graph).multiply(graph).sum()
    clustering = triangles / (degree * (degree - 1)).sum()
    _, part = connected_components(graph)
    assert np.bincount(part).max() > 0.97 * len(people)
    steps = shortest_path(graph, unweighted=True, indices=np.arange(60))
    length = steps[np.isfinite(steps) & (steps > 0)].mean()
    assert clustering > 20 * degree.mean() / len(people) and length < 1.6 * np.log(len(people)) / np.log(degree.mean())
