"""A graded set as it goes to the learner: questions and pictures, and nothing from which an answer
could be worked out.

One zip for each variant: `pack.json` (the questions), `pictures/*.npz` (voxels and their geometry),
`key.sealed` (the key, which the reveal code opens at the end). It is read in place, within limits,
and never unpacked.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field
from typing_extensions import override

from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.kinds import KINDS
from netcourse.assessment.exercise.kinds.decision import DecisionItem
from netcourse.assessment.exercise.kinds.options import OptionsItem
from netcourse.assessment.exercise.model import Case, Exercise
from netcourse.assessment.keys.truth import Positions, Truth
from netcourse.assessment.pack import encrypted_key
from netcourse.assessment.pack.variants import DealtExercise, from_json
from netcourse.patients import Lesion, Patient
from netcourse.patients.clinical import History

if TYPE_CHECKING:
    from netcourse.scanner import Study, Volume

FORMAT = 1
QUESTIONS, KEY, PICTURES = "pack.json", "key.sealed", "pictures"
LARGEST_QUESTIONS = 1024 * 1024
LARGEST_PICTURE = 512 * 1024 * 1024
_TOLD = ("id", "kind", "case", "title", "objective", "points", "unit", "measure")
PACKABLE = ("score", "choice", "choices", "number", "point", "order", "decision", "report")
"""Kinds of questions that can be told without their key."""
_VOLUME = ("modality", "unit", "description")


class PackError(ValueError):
    """A pack that cannot be used; the message says why and what to do."""


def bare(item: Item, truth: Truth, shown: Iterable[str]) -> dict[str, Any]:
    """Return a question as plain data without its key: texts filled in, options by id and text, the
    lesions that may be marked.

    ValueError for a kind that cannot be told without its key.
    """
    if item.kind not in PACKABLE:
        raise ValueError(
            f"question '{item.id}' is a {item.kind}; a pack can hold {', '.join(PACKABLE)}"
        )
    told = {name: value for name in _TOLD if (value := getattr(item, name, None)) is not None}
    told |= {"prompt": truth.fill(item.prompt), "shown": sorted(shown)}
    if isinstance(item, OptionsItem):
        options = item.control(truth)["options"]
        told["options"] = sorted(
            ({"id": one["id"], "text": one["text"]} for one in options), key=lambda one: one["id"]
        )
    if isinstance(item, DecisionItem):
        told["verdicts"] = {id: truth.fill(text) for id, text in item.verdict_texts.items()}
    return told


def without_key(told: Mapping[str, Any]) -> Item:
    """Return a question that can be asked and whose answers can be accepted, but that has no
    key.
    """
    kind = KINDS[told["kind"]] if told["kind"] in PACKABLE else None
    if kind is None:
        raise KeyError(told["kind"])
    fields: dict[str, Any] = {
        name: told[name] for name in (*_TOLD, "prompt", "shown") if name in told
    }
    options = told.get("options", ())
    if issubclass(kind, OptionsItem):
        one = kind.model_fields[kind.options_field].annotation.__args__[0]  # type: ignore[union-attr]
        fields[kind.options_field] = [
            one.model_construct(id=str(row["id"]), text=str(row["text"])) for row in options
        ]
    if issubclass(kind, DecisionItem):
        fields["verdicts"] = {str(id): str(text) for id, text in told["verdicts"].items()}
    return kind.model_construct(**fields)


class KeylessExercise(Exercise):
    """An exercise that can be asked and not marked; `told` is what may be known of each case."""

    told: dict[str, Any] = Field(default_factory=dict)

    @override
    def truth(self, item: Item, course_seed: int, positions: Positions | None = None) -> Truth:
        if item.case is None:
            return super().truth(item, course_seed, positions)
        known: Truth = self.told[item.case]
        return known

    @override
    def as_written(self, item: Item) -> Truth:
        return self.truth(item, 0)


@dataclass(frozen=True)
class Pack:
    """A learner's pack, read from its zip."""

    path: Path
    told: Mapping[str, Any]

    def __repr__(self) -> str:
        return (
            f"Pack {self.id}, variant {self.variant}: {self.exercise.title},"
            f" {len(self.exercise.items)} questions"
        )

    @property
    def id(self) -> str:
        """The pack that all variants belong to."""
        return str(self.told["pack"])

    @property
    def variant(self) -> int:
        """Which variant this is."""
        return int(self.told["variant"])

    @property
    def ends(self) -> str:
        """When answers end to count, ISO with a time zone."""
        return str(self.told["ends"])

    @cached_property
    def exercise(self) -> Exercise:
        """The exercise without its keys."""
        told = self.told
        return KeylessExercise.model_construct(
            told=self.truths,
            id=told["exercise"],
            version=told["version"],
            title=told["title"],
            objectives=list(told["objectives"]),
            attempts="last",
            cases=[
                Case.model_construct(id=case["id"], archetype="", shows=case["shows"])
                for case in told["cases"]
            ],
            items=[without_key(item) for item in told["items"]],
        )

    @cached_property
    def truths(self) -> dict[str, Truth]:
        """What may be known of each case: its story, and the names of the lesions that are asked
        about.
        """
        found = {}
        for case in self.told["cases"]:
            names = sorted(
                {
                    id
                    for item in self.told["items"]
                    if item.get("case") == case["id"]
                    for id in item["shown"]
                }
            )
            lesions = tuple(Lesion.model_construct(**_only(id=id)) for id in names)
            told = _only(
                id=case["id"],
                title="",
                history=History.model_construct(**_only(story=case["story"])),
                lesions=lesions,
            )
            found[case["id"]] = Truth(Patient.model_construct(**told))
        return found

    def study(self, case: str) -> Study:
        """Return the pictures of a case; PackError where they are damaged."""
        from netcourse.scanner import Study

        row = next(one for one in self.told["cases"] if one["id"] == case)
        volumes = {
            name: _volume(self._member(f"{PICTURES}/{file}", LARGEST_PICTURE))
            for name, file in row["series"].items()
        }
        places = {id: (float(z), float(y), float(x)) for id, (z, y, x) in row["marks"].items()}
        return Study(case, self.exercise.title, volumes, places)

    def open_key(self, code: str) -> DealtExercise:
        """Return the keyed exercise of this variant; ValueError for a wrong code."""
        return from_json(encrypted_key.unseal(self._member(KEY, encrypted_key.LARGEST), code))

    def _member(self, name: str, largest: int) -> bytes:
        return _read(self.path, name, largest)


def _only(**known: Any) -> dict[str, Any]:
    """The few fields of a record that a learner may know."""
    return known


def read_pack(path: Path | str) -> Pack:
    """Read a pack; PackError in plain words where it is none."""
    path = Path(path)
    try:
        told = json.loads(_read(path, QUESTIONS, LARGEST_QUESTIONS))
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise PackError(
                f"{path.name} was made by another version of the course: ask for a new one, or"
                " update netcourse"
            )
        pack = Pack(path, told)
        assert pack.exercise.items
        assert pack.id
        assert pack.variant
    except (
        KeyError,
        TypeError,
        AttributeError,
        AssertionError,
        RecursionError,
        json.JSONDecodeError,
    ):
        raise PackError(
            f"{path.name} is damaged or no pack of the course: get it once more"
        ) from None
    return pack


def write_pack(
    path: Path, told: Mapping[str, Any], pictures: Mapping[str, bytes], key: bytes
) -> None:
    """Write a pack. Members carry no times and stand in the order of their names."""
    members = {QUESTIONS: json.dumps(told, indent=1, sort_keys=True).encode(), KEY: key}
    members |= {f"{PICTURES}/{name}": data for name, data in pictures.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED if name == QUESTIONS else zipfile.ZIP_STORED
            archive.writestr(info, members[name])


def volume_bytes(volume: Volume) -> bytes:
    """Return a volume's voxels and geometry as a file: HU and signal as they are, SUV in 65,535
    steps.
    """
    import numpy as np

    step = (
        float(volume.array.max()) / 65_535
        if volume.unit == "SUV" and volume.array.max() > 0
        else 1.0
    )
    numbers = (
        np.rint(volume.array / step).astype(np.uint16)
        if volume.unit == "SUV"
        else np.asarray(volume.array, np.int16)
    )
    data = io.BytesIO()
    words = np.array([getattr(volume, name) for name in _VOLUME])
    np.savez_compressed(
        data,
        voxels=numbers,
        step=step,
        spacing_mm=volume.spacing_mm,
        origin_mm=volume.origin_mm,
        words=words,
    )
    return data.getvalue()


def _volume(data: bytes) -> Volume:
    import numpy as np

    from netcourse.scanner import Volume

    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        modality, unit, description = (str(word) for word in found["words"])
        spacing, origin = (
            tuple(float(mm) for mm in found[name]) for name in ("spacing_mm", "origin_mm")
        )
        voxels = found["voxels"]
        array = voxels if unit != "SUV" else (voxels * np.float32(found["step"])).astype(np.float32)
    return Volume(modality, array, spacing, origin, unit, description)  # type: ignore[arg-type]


def _read(path: Path, name: str, largest: int) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as member:
            data = member.read(largest + 1)
    except FileNotFoundError:
        raise PackError(f"there is no {path}") from None
    except (KeyError, zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError):
        raise PackError(
            f"{path.name} is damaged or no pack of the course: get it once more"
        ) from None
    if len(data) > largest:
        raise PackError(f"{path.name} holds more than a pack of the course does")
    return data


def find_pack(folder: Path, variant: int, pack: str) -> Path:
    """Return the zip of a variant among those in a folder; PackError says which is wanted."""
    for path in sorted(folder.glob("*.zip")):
        try:
            found = read_pack(path)
        except PackError:
            continue
        if (found.id, found.variant) == (pack, variant):
            return path
    raise PackError(
        f"your ticket is for variant {variant}: put its zip into {folder} and run this again"
    )


__all__: Sequence[str] = (
    "Pack",
    "PackError",
    "bare",
    "find_pack",
    "read_pack",
    "volume_bytes",
    "without_key",
    "write_pack",
)
