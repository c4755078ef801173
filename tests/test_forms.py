"""The forms of lesions and what lies inside them, on small grids of their own."""

import numpy as np
import pytest
from numpy.typing import NDArray

from netcourse.patients import Lesion, Patient, generate
from netcourse.scanner.contrast import enhance
from netcourse.scanner.forms import form_of, is_mesenteric_mass, waves
from netcourse.scanner.lesions import coverage
from netcourse.scanner.textures import cold_core, inner, signs, uptake_inside

PATIENT = generate("ileum_disseminated")
STEP = (1.5, 1.0, 1.0)
Array = NDArray[np.float64]


def lesion_of(
    size: float, pattern: str = "hyper_hypo", place: str = "liver_s6", id: str = "X", **more: object
) -> Lesion:
    row = {"id": id, "place": place, "size_mm": size, "ssr_suv": 20, "pattern": pattern} | more
    return Lesion.model_validate(row)


def grid(lesion: Lesion) -> tuple[tuple[int, ...], tuple[float, float, float]]:
    reach = lesion.size_mm / 2 * form_of(PATIENT, lesion).reach + 2
    shape = tuple(2 * int(np.ceil(reach / step)) + 1 for step in STEP)
    first = tuple(-step * (n // 2) for n, step in zip(shape, STEP, strict=True))
    return shape, (first[0], first[1], first[2])


def filled(lesion: Lesion, patient: Patient = PATIENT) -> Array:
    shape, first = grid(lesion)
    return coverage(patient, lesion, STEP, (0.0, 0.0, 0.0), shape, first)


def inside(lesion: Lesion) -> dict[str, Array]:
    """The tissues in a lesion, and its own share of each voxel under `own`."""
    own = filled(lesion).astype(np.float32)
    parts = inner(PATIENT, lesion, STEP, (0.0, 0.0, 0.0), grid(lesion)[1], own)
    found: dict[str, Array] = {"own": own.astype(float), "away": parts.away()}
    for tissue, share in signs(lesion, parts):
        found[tissue] = share.astype(float)
    return found


@pytest.mark.parametrize("size", [5, 9, 14, 22, 32, 48, 70])
def test_whatever_its_form_a_lesion_has_the_volume_of_a_ball_and_lies_in_its_box(size: int) -> None:
    for n in range(6):
        share = filled(lesion_of(size, id=f"X{n}"))
        ball = 4 / 3 * np.pi * (size / 2) ** 3 / np.prod(STEP)
        assert share.sum() == pytest.approx(ball, rel=0.02)
        rim = [share[end].max() for end in (0, -1)] + [share[:, end].max() for end in (0, -1)]
        assert max(*rim, share[..., 0].max(), share[..., -1].max()) < 0.2
        assert share[tuple(n // 2 for n in share.shape)] == 1


def test_small_lesions_are_nearly_round_and_large_ones_of_several_forms() -> None:
    assert {form_of(PATIENT, lesion_of(8, id=f"X{n}")).kind for n in range(20)} == {"round"}
    kinds = {form_of(PATIENT, lesion_of(35, id=f"X{n}")).kind for n in range(40)}
    assert kinds == {"smooth", "lobulated", "infiltrating", "confluent"}


def test_two_lesions_differ_in_form_and_the_same_one_never_does() -> None:
    one, again, other = (lesion_of(30, id=id) for id in ("A", "A", "B"))
    assert np.array_equal(filled(one), filled(again))
    assert form_of(PATIENT, one) != form_of(PATIENT, other)


def test_waves_have_unit_spread_and_do_not_depend_on_the_grid() -> None:
    at = np.linspace(-60, 60, 81)
    noise = waves("test", 8.0, at, at, at)
    assert noise.std() == pytest.approx(1, abs=0.15)
    assert noise[::4, ::4, ::4] == pytest.approx(waves("test", 8.0, at[::4], at[::4], at[::4]))


@pytest.mark.parametrize("pattern", ["hyper_hypo", "hypo_hypo", "primary", "soft_tissue"])
def test_a_mosaic_leaves_the_mean_of_a_readers_voi_alone(pattern: str) -> None:
    for n in range(5):
        place = "pancreas_tail" if pattern == "primary" else "liver_s6"
        found = inside(lesion_of(30, pattern, place, id=f"X{n}", inside="solid"))
        voi = found["away"] <= 0.3 * 30
        rich, poor = (found[f"{pattern}_{part}"][voi].mean() for part in ("rich", "poor"))
        assert rich == pytest.approx(poor, abs=0.03)
        assert rich + poor > 0.05


def test_rich_and_poor_parts_enhance_around_the_mean_of_their_lesion_at_all_times() -> None:
    kinetics = enhance()
    for second in (30, 38, 68, 180):
        own, rich, poor, plain = (
            kinetics.hu(name, t)
            for name, t in (
                ("hyper_hypo", second),
                ("hyper_hypo_rich", second),
                ("hyper_hypo_poor", second),
                ("hyper_hypo", 0),
            )
        )
        assert plain < poor < own < rich
        assert rich - own == pytest.approx(own - poor)


def test_a_necrotic_middle_neither_enhances_nor_takes_up_tracer() -> None:
    lesion = lesion_of(50, inside="necrotic")
    own = filled(lesion).astype(np.float32)
    parts = inner(PATIENT, lesion, STEP, (0.0, 0.0, 0.0), grid(lesion)[1], own)
    core = cold_core(lesion, parts)
    assert core is not None
    middle = tuple(n // 2 for n in own.shape)
    assert core[middle] > 0.9
    assert uptake_inside(lesion, parts)[middle] < 0.1
    assert 0.05 < core.sum() / own.sum() < 0.6
    assert cold_core(lesion_of(50, inside="solid"), parts) is None


def test_a_haemangioma_fills_from_its_edge_and_a_cyst_never_enhances() -> None:
    kinetics = enhance()
    early, late = 38, 300
    edge, between, middle = (
        [kinetics.hu(name, second) for second in (early, late)]
        for name in ("haemangioma_nodule", "liver_haemangioma", "haemangioma_middle")
    )
    assert edge[0] > kinetics.hu("liver", early) + 50 > between[0] > middle[0]
    assert edge[0] > edge[1], "nodules fade with the blood"
    assert between[1] > between[0]
    assert middle[1] > middle[0], "the middle fills late"
    found = inside(lesion_of(36, "liver_haemangioma"))
    nodule, core = found["haemangioma_nodule"], found["haemangioma_middle"]
    assert (found["away"] * nodule).sum() / nodule.sum() > (found["away"] * core).sum() / core.sum()
    assert list(inside(lesion_of(30, "cyst"))) == ["own", "away"]


def test_two_mesenteric_masses_of_three_are_calcified_and_other_nodes_are_not() -> None:
    masses = [lesion_of(20, "soft_tissue", "mesentery", id=f"X{n}") for n in range(40)]
    calcified = ["coarse_calcium" in inside(lesion) for lesion in masses]
    assert 0.45 < np.mean(calcified) < 0.85
    node = lesion_of(20, "soft_tissue", "retroperitoneum_left")
    assert "coarse_calcium" not in inside(node)
    assert not is_mesenteric_mass(node)
    assert not is_mesenteric_mass(masses[0].model_copy(update={"size_mm": 8.0}))
