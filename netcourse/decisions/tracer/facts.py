"""What the conditions of tracer choice are made of: single facts of a question, and what ends an
exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netcourse.decisions.core.facts import Fact, all_of, any_of, known
from netcourse.decisions.core.grade import Grade, grade_of
from netcourse.decisions.tracer.question import Purpose, TracerQuestion
from netcourse.evidence import figure

DIGESTIVE = ("ileum", "pancreas", "rectum", "colon", "appendix", "stomach", "duodenum")
THORACIC = ("lung", "thymus")
STAGING: tuple[Purpose, ...] = ("baseline", "before_cure")
WHOLE_BODY: tuple[Purpose, ...] = (
    *STAGING,
    "after_curative_surgery",
    "after_non_curative_surgery",
    "progression",
)

# What may be missing, as it is asked for.
KI67, GRADE, SIZE, STAGE = "Ki-67", "Ki-67 or mitotic count", "tumour size", "stage"
_NODE, _LVI, _MUSCLE, _MARGIN = (
    "nodal status",
    "lymphovascular invasion",
    "depth of invasion",
    "resection margin",
)


@dataclass(frozen=True)
class Condition:
    """A condition: its sentence, and the function that says whether it holds."""

    name: str
    in_words: str
    holds: Callable[[TracerQuestion], Fact]


CONDITIONS: dict[str, Condition] = {}


def condition(function: Callable[[TracerQuestion], Fact]) -> Callable[[TracerQuestion], Fact]:
    """Register a function under its name as a condition; its docstring is the sentence."""
    name = function.__name__
    CONDITIONS[name] = Condition(
        name, " ".join((function.__doc__ or "").split()).rstrip("."), function
    )
    return function


@dataclass(frozen=True)
class Trigger:
    """What takes a small tumour out of its exception; `later` where the advised test itself tells,
    so that not knowing it yet is no bar.
    """

    in_words: str
    fact: Fact
    later: bool = False

    @property
    def bar(self) -> Fact:
        """The fact as the rule counts it."""
        return Fact(False) if self.later and self.fact.holds is None else self.fact


def sure(held: bool) -> Fact:
    """A fact that is always known."""
    return Fact(held)


def asked(q: TracerQuestion, *purposes: Purpose) -> Fact:
    """Whether the scan is asked for one of these purposes."""
    return sure(q.purpose in purposes)


def number(value: float | None, name: str, test: Callable[[float], bool]) -> Fact:
    """Whether a number passes a test; unknown without it."""
    return known(None if value is None else test(value), name)


def grade(q: TracerQuestion, *grades: Grade) -> Fact:
    """Whether the grade is one of these."""
    found = grade_of(q)
    return known(None if found is None else found in grades, GRADE)


def well(q: TracerQuestion, *tumours: str) -> Fact:
    """Whether it is well differentiated and, where kinds are given, one of them."""
    return sure(q.differentiation == "well" and (not tumours or q.tumour in tumours))


def graded(q: TracerQuestion) -> Fact:
    """Whether the digestive grades apply: not to carcinoids of the lung, paraganglioma, medullary
    carcinoma.
    """
    return all_of(well(q, "nen", "insulinoma"), sure(q.site not in THORACIC))


def atypical(q: TracerQuestion) -> Fact:
    """Whether a carcinoid is atypical."""
    lacking = [
        word
        for word, value in (("mitotic count", q.mitoses_per_2mm2), ("necrosis", q.necrosis))
        if value is None
    ]
    return Fact(q.atypical, tuple(lacking) if q.atypical is None else ())


def spread(q: TracerQuestion) -> Fact:
    """Whether a node is positive or the tumour has spread further; one of node and stage is enough
    to say no.
    """
    if q.node_positive or q.stage in ("regional", "metastatic"):
        return sure(True)
    return known(False if q.node_positive is False or q.stage == "localised" else None, _NODE)


def _left_behind(q: TracerQuestion) -> Fact:
    if q.margin is None and q.resected is False:
        return sure(False)  # nothing was cut, so there is no margin to ask for
    return known(None if q.margin is None else q.margin != "R0", _MARGIN)


def _deep(q: TracerQuestion) -> Trigger:
    """Endoscopic ultrasound tells the depth before removal, the pathologist after it."""
    return Trigger(
        "invasion of the muscularis propria",
        known(q.muscularis_invasion, _MUSCLE),
        later=q.resected is not True,
    )


def _spreads(q: TracerQuestion) -> Trigger:
    return Trigger("nodal or distant spread", spread(q), later=True)


def gastric_triggers(q: TracerQuestion) -> tuple[Trigger, ...]:
    """Return what asks for a receptor scan in gastric NET type I."""
    limit = figure("choice.gastric_size").value
    return (
        Trigger(f"larger than {limit:g} mm", number(q.size_mm, SIZE, lambda mm: mm > limit)),
        Trigger("G2 or more", grade(q, Grade.G2, Grade.G3)),
        _deep(q),
        _spreads(q),
    )


def rectal_triggers(q: TracerQuestion) -> tuple[Trigger, ...]:
    """Return what asks for a receptor scan in rectal NET: size, grade, and the adverse features."""
    limit = figure("choice.rectal_size").value
    return (
        Trigger(f"not below {limit:g} mm", number(q.size_mm, SIZE, lambda mm: mm >= limit)),
        Trigger("G2 or more", grade(q, Grade.G2, Grade.G3)),
        Trigger(
            "lymphovascular invasion",
            known(q.lymphovascular_invasion, _LVI),
            later=q.resected is not True,
        ),
        _deep(q),
        _spreads(q),
        Trigger("incomplete resection", _left_behind(q), later=q.resected is not True),
    )


def appendiceal_triggers(q: TracerQuestion) -> tuple[Trigger, ...]:
    """Return what asks for staging in a removed NET of the appendix; risk factors count from the
    smaller size on.
    """
    small, large = figure("choice.appendix_small").value, figure("choice.appendix_large").value
    sizeable = number(q.size_mm, SIZE, lambda mm: mm >= small)
    return (
        Trigger(f"larger than {large:g} mm", number(q.size_mm, SIZE, lambda mm: mm > large)),
        Trigger("not removed completely", any_of(sure(q.resected is False), _left_behind(q))),
        Trigger(
            "nodal or distant spread", sure(spread(q).holds is True)
        ),  # nodes are not sampled, so none known is enough
        Trigger("G2 or more", all_of(sizeable, grade(q, Grade.G2, Grade.G3))),
        Trigger(
            "lymphovascular invasion", all_of(sizeable, known(q.lymphovascular_invasion, _LVI))
        ),
        Trigger(
            "deep invasion of the mesoappendix",
            all_of(sizeable, known(q.mesoappendix_over_3_mm, "invasion of the mesoappendix")),
        ),
    )


def exception(q: TracerQuestion) -> tuple[str, tuple[Trigger, ...]] | None:
    """Return the rule that may spare this tumour a receptor scan and what would end that; None
    where there is no such rule.
    """
    if not (q.differentiation == "well" and q.tumour == "nen") or q.purpose not in (
        *STAGING,
        "after_curative_surgery",
    ):
        return None
    if q.site == "stomach" and q.gastric_type in ("I", None):
        return "TR4", gastric_triggers(q)
    return {
        "rectum": ("TR5", rectal_triggers(q)),
        "appendix": ("TR6", appendiceal_triggers(q)),
    }.get(q.site)
