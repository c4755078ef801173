"""The warp of a body: there and back, without folds, bones as they are, gas above fluid."""

from __future__ import annotations

import numpy as np
import pytest

from netcourse.evidence import figure
from netcourse.patients import Patient, generate
from netcourse.scanner.atlas import load
from netcourse.scanner.atlas.codes import Mixture, encode, shares
from netcourse.scanner.atlas.fields import regions
from netcourse.scanner.atlas.format import FIELD_MM, FIELDS
from netcourse.scanner.atlas.tissues import number
from netcourse.scanner.body.body import VOXEL_MM, body_of
from netcourse.scanner.body.levels import Levels
from netcourse.scanner.body.warp import Warp

ARCHETYPES = {"male": "ileum_disseminated", "female": "uncinate_and_node"}
# Height (cm) and body mass index: slight, usual, tall and lean, short and obese.
SIZES = [(158.0, 18.0), (172.0, 23.5), (188.0, 21.0), (160.0, 36.0)]
CASES = [(sex, size, seed) for sex in ARCHETYPES for size in SIZES for seed in (1, 2)]


def person(sex: str, size: tuple[float, float], seed: int) -> Patient:
    height, bmi = size
    new = {"height_cm": height, "weight_kg": round(bmi * (height / 100) ** 2, 1)}
    return generate(ARCHETYPES[sex], seed).model_copy(update=new)


def coarse(warp: Warp, name: str, every: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Points of the atlas and what a coarse field says there."""
    field = load.atlas(warp.choice.body).fields[name]
    values = field.array[::every, ::every, ::every] * FIELDS[name]
    at = np.argwhere(np.ones(values.shape, bool)) * every * FIELD_MM + field.origin_mm
    return at, values.ravel()


def inside(warp: Warp) -> np.ndarray:
    """Points of the patient all over the body, some millimetres under the skin."""
    at, skin = coarse(warp, "skin")
    low = at[:, 0].min() + 25
    return warp.forth(at[(skin < -6) & (at[:, 0] > low)])


def slopes(warp: Warp, patient_mm: np.ndarray, step: float = 2.0) -> np.ndarray:
    """The Jacobian of the way back at points of the patient, (n, 3, 3)."""
    return np.stack(
        [
            (warp.back(patient_mm + along) - warp.back(patient_mm - along)) / (2 * step)
            for along in step * np.eye(3)
        ],
        axis=-1,
    )


@pytest.mark.parametrize(("sex", "size", "seed"), CASES)
def test_a_point_comes_back_from_the_patient_to_where_it_was_in_the_atlas(
    sex: str, size: tuple[float, float], seed: int
) -> None:
    warp = Warp.of(person(sex, size, seed))
    at, skin = coarse(warp, "skin")
    body = at[skin < 0]
    assert np.linalg.norm(warp.back(warp.forth(body)) - body, axis=1).max() < 0.05


@pytest.mark.parametrize(("sex", "size", "seed"), CASES)
def test_no_body_is_folded(sex: str, size: tuple[float, float], seed: int) -> None:
    """The Jacobian, freed of plain size, stays well above 0 everywhere in the body; it is least in the
    thickened fat of the obese.
    """
    warp = Warp.of(person(sex, size, seed))
    plain = 1 / (warp.stature * warp.girth**2)
    assert np.linalg.det(slopes(warp, inside(warp))).min() / plain > 0.1


@pytest.mark.parametrize(("sex", "size", "seed"), CASES)
def test_bones_keep_their_shape(sex: str, size: tuple[float, float], seed: int) -> None:
    """Within bones of the trunk lengths change by no more than plain size and a bend make."""
    warp = Warp.of(person(sex, size, seed))
    at, bone = coarse(warp, "bone", every=2)
    levels = load.points(warp.choice)["levels"]
    trunk = (at[:, 0] > levels["S1"][0] - 60) & (at[:, 0] < levels["T2"][0])
    slope = slopes(warp, warp.forth(at[(bone == 0) & trunk]))
    slope *= np.array([warp.stature, warp.girth, warp.girth])
    strain = np.abs(np.linalg.eigvalsh((slope + slope.swapaxes(1, 2)) / 2) - 1).max(axis=1)
    assert np.quantile(strain, 0.95) < 0.2
    assert np.median(strain) < 0.1


def test_organs_of_two_patients_of_one_size_lie_centimetres_apart() -> None:
    """Over twenty patients, in every direction."""
    warps = [Warp.of(person("male", SIZES[1], seed)) for seed in range(1, 21)]
    centres = load.points(warps[0].choice)["centres"]
    for organ, least in (("liver", 3.0), ("kidney_left", 4.0), ("spleen", 3.0), ("pancreas", 3.0)):
        at = np.array([warp.forth(np.array([centres[organ]]))[0] for warp in warps])
        assert at[:, 0].std() > least, organ
        assert (at.std(axis=0) > 1.0).all(), organ


def test_fat_under_the_skin_follows_the_habitus_and_the_liver_does_not() -> None:
    lean, heavy = (body_of(person("male", (176.0, bmi), 1)) for bmi in (19.0, 33.0))
    middle = load.points(Warp.of(person("male", (176.0, 19.0), 1)).choice)["levels"]["L3"][0]

    def flank_mm(body: object) -> float:
        k = round((middle - body.origin_mm[0]) / VOXEL_MM[0])  # type: ignore[attr-defined]
        fat = shares(body.mixtures, "subcutaneous_fat")[body.codes[k]]  # type: ignore[attr-defined]
        row = fat[round((-10 - body.origin_mm[1]) / VOXEL_MM[1])]  # type: ignore[attr-defined]
        return float(row[: len(row) // 2].sum())

    assert flank_mm(heavy) > 1.8 * flank_mm(lean)
    livers = [body.volume_ml("liver") for body in (lean, heavy)]
    assert livers[1] / livers[0] == pytest.approx(1, abs=0.45)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"height_cm": 214.0}, r"height_cm is 214 cm; .* warped to 144\.3–211\.2 cm"),
        ({"height_cm": 131.0}, "height_cm is 131 cm"),
        ({"weight_kg": 150.0}, r"body mass index is 48\.\d+ kg/m²; this body can be warped to 14"),
        ({"weight_kg": 40.0}, "body mass index is 12"),
    ],
)
def test_a_size_beyond_the_atlas_is_refused_with_the_range(
    change: dict[str, float], words: str
) -> None:
    patient = person("male", (176.0, 23.5), 1).model_copy(update=change)
    with pytest.raises(ValueError, match=words):
        Warp.of(patient)


def test_every_size_that_a_seed_can_draw_of_an_archetype_can_be_warped() -> None:
    allowed = figure("body.warp.mass_index")
    assert allowed.low is not None
    assert allowed.high is not None
    for archetype in ARCHETYPES.values():
        for seed in range(40):
            Warp.of(generate(archetype, seed))


def test_patients_of_one_body_get_all_its_variants_and_only_after_splenectomy_the_spleenless() -> (
    None
):
    chosen = {load.choose(generate("ileum_disseminated", seed)).variants for seed in range(1, 30)}
    bowels = {v.name for v in load.atlas("male").variants if not v.when}
    assert chosen == {(), *((name,) for name in bowels)}
    patient = generate("ileum_disseminated")
    history = patient.history.model_copy(update={"splenectomy": True})
    assert "no spleen" in load.choose(patient.model_copy(update={"history": history})).variants


@pytest.mark.parametrize("sex", ARCHETYPES)
def test_gas_lies_in_front_of_fluid_and_none_is_lost(sex: str) -> None:
    """In a stomach with gas, pixel column by pixel column, there is no gas behind fluid."""
    patients = (person(sex, SIZES[1], seed) for seed in range(1, 30))
    patient = next(one for one in patients if not load.choose(one).variants)
    body = body_of(patient)
    z, y, x = body.boxes["stomach_content"]
    gas, fluid = (
        shares(body.mixtures, name)[body.codes[z, y, x]] for name in ("gas", "stomach_content")
    )
    rows = np.arange(gas.shape[1])[None, :, None]
    last_gas = np.where((gas > 0.9) & (fluid.max(axis=1, keepdims=True) > 0.9), rows, -1).max(
        axis=1
    )
    first_fluid = np.where(fluid > 0.9, rows, 999).min(axis=1)
    both = (last_gas >= 0) & (first_fluid < 999)
    assert both.sum() > 40
    assert (last_gas < first_fluid)[both].mean() > 0.9


def test_a_tilted_level_is_set_upright_and_keeps_the_gas() -> None:
    """A box of lumen whose gas lies on a slope."""
    _, y, x = np.indices((8, 30, 30))
    lumen = (y > 4) & (y < 25) & (x > 4) & (x < 25)
    kind = np.where(y + 0.4 * x < 20, number("gas"), number("stool"))
    codes, mixtures = encode(np.where(lumen, kind, number("visceral_fat")).astype(np.uint8))
    pocket = regions(lumen.astype(np.int8), VOXEL_MM, (0.0, 0.0, 0.0))
    levels = Levels(mixtures, pocket, VOXEL_MM, (0.0, 0.0, 0.0))
    before = codes.copy()
    for k in range(len(codes)):
        place = np.stack([np.full((30, 30), k), y[k], x[k]]).astype(np.float32) + 0.5
        levels.watch(k, (slice(0, 30), slice(0, 30)), codes[k], place)
    levels.settle(codes)
    gas = codes == mixtures.index(Mixture("gas"))
    assert (
        gas.any(axis=(0, 2)).sum()
        < (before == mixtures.index(Mixture("gas"))).any(axis=(0, 2)).sum()
    )
    rows = np.flatnonzero(gas.any(axis=(0, 2)))
    assert (gas[:, rows][lumen[:, rows]]).all(), "every row of the lumen is all gas or none"
    assert gas.sum() == pytest.approx((before == mixtures.index(Mixture("gas"))).sum(), rel=0.06)
    assert np.array_equal(codes[~lumen], before[~lumen])
