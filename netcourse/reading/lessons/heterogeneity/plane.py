"""The SSR–FDG plane: both scans of a lesion as multiples of the liver, and the regions of the
NETPET classes, asked of the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import dist, log10

from netcourse.decisions.heterogeneity import CLASSES, Cuts, DualUptake
from netcourse.reading.lab.drawing import INK, LINE, PAPER, SOFT, LogAxis, circle, line, n, text
from netcourse.reading.lab.suv_scale import bands

Corner = tuple[float, float]

LEFT, RIGHT, TOP, BOTTOM = 64.0, 540.0, 22.0, 404.0
LOWEST, HIGHEST = 0.12, 14.0
"""The ends of both axes, multiples of the liver."""
_TICKS = (0.2, 0.5, 1, 2, 5, 10)
_SUV_TICKS = (0.2, 0.5, 1, 2, 5, 10, 20, 50)

# Paper, one blue, three steps of amber, one violet: told apart by lightness as well, and each is
# named on the plane.
FILLS = ("#eef0f2", "#cfe2f3", "#fdf0d2", "#f8d596", "#eeaf5a", "#c9a5cf")
WORDS = (
    "neither",
    "receptors alone",
    "FDG below SSR",
    "alike",
    "FDG above SSR",
    "FDG alone: discordant",
)


@dataclass(frozen=True)
class Plane:
    """Where one read's classes lie: the lowest positive uptake of each scan, and between what
    ratios both are alike.

    All are multiples of the liver; what is drawn follows from them.
    """

    ssr: float
    fdg: float
    equal: tuple[float, float]

    def regions(self) -> tuple[tuple[Corner, ...], ...]:
        """Return the corners of each class 0–5 on the sheet; none where it has no room."""
        x, y = X(self.ssr), Y(self.fdg)
        both = ((x, TOP), (RIGHT, TOP), (RIGHT, y), (x, y))
        low, high = (_diagonal(ratio) for ratio in self.equal)
        parts = (
            ((LEFT, y), (x, y), (x, BOTTOM), (LEFT, BOTTOM)),
            ((x, y), (RIGHT, y), (RIGHT, BOTTOM), (x, BOTTOM)),
            _cut(both, low, below=True),
            _cut(_cut(both, low, below=False), high, below=True),
            _cut(both, high, below=False),
            ((LEFT, TOP), (x, TOP), (x, y), (LEFT, y)),
        )
        return tuple(part if _area(part) > 1 else () for part in parts)

    def level(self, ssr: float, fdg: float) -> int:
        """Return the class of a point, multiples of the liver, as the regions have it.

        >>> Plane(0.3, 1.0, (0.8, 1.25)).level(4.0, 4.5)
        3
        """
        if ssr <= self.ssr:
            return 5 if fdg > self.fdg else 0
        if fdg <= self.fdg:
            return 1
        return 2 if fdg / ssr < self.equal[0] else 3 if fdg / ssr <= self.equal[1] else 4


X = LogAxis(LOWEST, HIGHEST, LEFT, RIGHT)
Y = LogAxis(LOWEST, HIGHEST, BOTTOM, TOP)


@lru_cache(maxsize=256)
def plane_of(read: DualUptake, cuts: Cuts) -> Plane:
    """Return the plane of a read's references; ValueError where a liver is missing on either scan.

    >>> from netcourse.decisions.heterogeneity import reads
    >>> from netcourse.patients import generate
    >>> plane = plane_of(reads(generate("pancreas_new"))[1], Cuts())
    >>> round(plane.ssr, 2), plane.fdg
    (0.3, 1.0)
    """
    if not read.ssr.liver or read.fdg is None or not read.fdg.liver:
        raise ValueError(f"{read.name} has no liver to compare with on both scans")
    scale = bands(read.ssr.model_copy(update={"suv_max": 1.0}), "pet")
    edge = next(
        (start for start, _, found in scale if found >= cuts.ssr_score), HIGHEST * read.ssr.liver
    )
    return Plane(edge / read.ssr.liver, cuts.fdg_times_liver, (cuts.equal_from, cuts.equal_to))


@dataclass(frozen=True)
class Dot:
    """One read on the plane: its name, both scans in SUV and as multiples of the liver, its class,
    and where it was measured.
    """

    name: str
    suv: tuple[float, float]
    times: tuple[float, float]
    level: int | None
    size_mm: float
    measured: tuple[float, float]

    @property
    def at(self) -> Corner:
        """Where it lies on the sheet."""
        return X(self.times[0]), Y(self.times[1])

    @property
    def words(self) -> str:
        """What it is, in a line."""
        found = "class open" if self.level is None else CLASSES[self.level]
        ssr, fdg = (
            f"{suv:.1f} ({times:.1f} × liver)"
            for suv, times in zip(self.suv, self.times, strict=True)
        )
        return f"{self.name}: SSR {ssr}, FDG {fdg}, {found}"


def drawn(
    plane: Plane, dots: Sequence[Dot], chosen: str, livers: tuple[float, float] | None
) -> str:
    """Draw regions, axes and dots; with `livers` (SSR and FDG, SUV) the axes count in SUV.

    Dots carry `data-pick`, and the plane its scale, for a figure that can be picked and dragged on.
    """
    found = [_frame(livers)]
    for level, corners in enumerate(plane.regions()):
        if corners:
            path = " ".join(f"{n(x)},{n(y)}" for x, y in corners)
            found.append(
                f'<polygon points="{path}" fill="{FILLS[level]}" stroke="#ffffff"'
                ' stroke-width="1.5"/>'
            )
    found += [_label(level, corners) for level, corners in enumerate(plane.regions()) if corners]
    found.append(
        line(LEFT, Y(1), RIGHT, Y(1), stroke=SOFT, dash="2 4")
        + line(X(1), TOP, X(1), BOTTOM, stroke=SOFT, dash="2 4")
    )
    found += list(_axes(livers))
    names = _places(dots, chosen)
    for dot in sorted(dots, key=lambda dot: dot.name == chosen):
        found.append(_dot(dot, dot.name == chosen, names.get(dot.name)))
    return "".join(found)


def _frame(livers: tuple[float, float] | None) -> str:
    """The plot's own rectangle, which tells the browser where the axes lie."""
    box = f'x="{n(LEFT)}" y="{n(TOP)}" width="{n(RIGHT - LEFT)}" height="{n(BOTTOM - TOP)}"'
    return (
        f'<rect class="nc-plane" data-low="{LOWEST:g}" data-high="{HIGHEST:g}" {box}'
        f' fill="{PAPER}"/>'
    )


def _axes(livers: tuple[float, float] | None) -> Iterator[str]:
    ssr, fdg = livers or (1.0, 1.0)
    for value in _SUV_TICKS if livers else _TICKS:
        if LOWEST <= value / ssr <= HIGHEST:
            yield line(X(value / ssr), BOTTOM, X(value / ssr), BOTTOM + 5, stroke=SOFT)
            yield text(
                X(value / ssr), BOTTOM + 19, f"{value:g}", size=12, fill=SOFT, anchor="middle"
            )
        if LOWEST <= value / fdg <= HIGHEST:
            yield line(LEFT - 5, Y(value / fdg), LEFT, Y(value / fdg), stroke=SOFT)
            yield text(LEFT - 9, Y(value / fdg) + 4, f"{value:g}", size=12, fill=SOFT, anchor="end")
    unit = "SUVmax" if livers else "SUVmax ÷ liver"
    yield text(
        (LEFT + RIGHT) / 2,
        BOTTOM + 37,
        f"somatostatin receptors, {unit} (dashed: the liver)",
        size=13,
        anchor="middle",
    )
    middle = (TOP + BOTTOM) / 2
    yield (
        '<g transform="rotate(-90 16'
        f' {n(middle)})">{text(16, middle, f"FDG, {unit}", size=13, anchor="middle")}</g>'
    )
    yield (
        f'<rect x="{n(LEFT)}" y="{n(TOP)}" width="{n(RIGHT - LEFT)}" height="{n(BOTTOM - TOP)}"'
        f' fill="none" stroke="{LINE}"/>'
    )


def _label(level: int, corners: Sequence[Corner]) -> str:
    """A class's name where its region has room: equal ones at the upper end of their band."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    if max(xs) - min(xs) < 40 or max(ys) - min(ys) < 24:
        return ""
    middle = (min(xs) + max(xs)) / 2
    words = WORDS[level] if max(xs) - min(xs) > 7 * len(WORDS[level]) else ""
    if level == 3:
        top = min(corners, key=lambda corner: (corner[1], -corner[0]))
        x, y = (top[0] - 22, top[1] + 20) if top[0] < RIGHT - 1 else (RIGHT - 36, top[1] + 40)
        return text(x, y, "P3", size=16, anchor="middle", weight=700, fill="#5b3a00")
    at = {
        0: (middle, BOTTOM - 26),
        1: (middle, BOTTOM - 26),
        2: (RIGHT - 56, max(ys) - 30),
        4: (min(xs) + 70, TOP + 24),
    }
    x, y = at.get(level, (middle, TOP + 24))
    return text(x, y, CLASSES[level], size=16, anchor="middle", weight=700) + text(
        x, y + 16, words, size=12, fill=INK, anchor="middle"
    )


def _dot(dot: Dot, chosen: bool, name: Corner | None) -> str:
    x, y = dot.at
    radius = 5 + min(dot.size_mm, 60) / 10
    old = (X(dot.measured[0]), Y(dot.measured[1]))
    found = ""
    if dist(old, (x, y)) > 2:
        found = line(*old, x, y, stroke=SOFT, dash="3 3") + circle(
            *old, radius, fill="none", stroke=SOFT, dash="3 3"
        )
    ring = circle(x, y, radius + 4, fill="none", stroke=INK, width=2) if chosen else ""
    body = circle(
        x, y, radius, fill="#1b2733" if chosen else "#3f5a75", stroke="#ffffff", width=1.5
    )
    label = _haloed(*name, dot.name, bold=chosen) if name else ""
    tip = f"<title>{dot.words}</title>"
    told = f'data-pick="{dot.name}" data-ssr="{dot.suv[0]:g}" data-fdg="{dot.suv[1]:g}"'
    return f'{found}<g class="nc-pick" {told}>{tip}{ring}{body}{label}</g>'


def _places(dots: Sequence[Dot], chosen: str) -> dict[str, Corner]:
    """Where names stand beside their dots; in a crowd some have none, but the chosen one always
    has.
    """
    taken = [(dot.at[0] - 8, dot.at[1] - 8, dot.at[0] + 8, dot.at[1] + 8) for dot in dots]
    found: dict[str, Corner] = {}
    for dot in sorted(dots, key=lambda dot: (dot.name != chosen, -dot.size_mm)):
        (x, y), away, wide = dot.at, 10 + min(dot.size_mm, 60) / 10, 8.2 * len(dot.name)
        options = (
            (x + away, y + 5),
            (x - away - wide, y + 5),
            (x - wide / 2, y - away - 2),
            (x - wide / 2, y + away + 10),
        )
        for at in options:
            box = (at[0], at[1] - 11, at[0] + wide, at[1] + 2)
            free = all(
                box[2] < b[0] or box[0] > b[2] or box[3] < b[1] or box[1] > b[3] for b in taken
            )
            if free and box[0] > LEFT and box[2] < RIGHT and box[1] > TOP and box[3] < BOTTOM:
                found[dot.name] = at
                taken.append(box)
                break
        else:
            if dot.name == chosen:
                found[chosen] = (min(options[0][0], RIGHT - wide), options[0][1])
    return found


def _haloed(x: float, y: float, words: str, bold: bool) -> str:
    weight = 700 if bold else 600
    style = (
        f'font-size="13" font-weight="{weight}" stroke="#ffffff" stroke-width="3"'
        f' paint-order="stroke" fill="{INK}"'
    )
    return f'<text x="{n(x)}" y="{n(y)}" {style}>{words}</text>'


def _diagonal(ratio: float) -> float:
    """Where the line FDG = ratio × SSR lies: its distance above that of ratio 1, in pixels of the
    sheet.
    """
    return (BOTTOM - TOP) * log10(ratio) / log10(HIGHEST / LOWEST)


def _cut(corners: Sequence[Corner], above: float, below: bool) -> tuple[Corner, ...]:
    """The part of a convex region below a diagonal (or above it): each side that crosses it ends
    there.
    """
    steep = (BOTTOM - TOP) / (RIGHT - LEFT)

    def over(corner: Corner) -> float:
        over_it = (BOTTOM - corner[1]) - ((corner[0] - LEFT) * steep + above)
        return -over_it if below else over_it

    found: list[Corner] = []
    for here, there in zip(corners, (*corners[1:], *corners[:1]), strict=True):
        a, b = over(here), over(there)
        if a >= 0:
            found.append(here)
        if (a >= 0) != (b >= 0):
            share = a / (a - b)
            found.append(
                (here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1]))
            )
    return tuple(found)


def _area(corners: Sequence[Corner]) -> float:
    pairs = zip(corners, (*corners[1:], *corners[:1]), strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2
