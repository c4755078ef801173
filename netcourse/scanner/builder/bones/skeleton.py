"""The whole skeleton: `keep_bones` computes all distances and keeps them, `carve_bones` carves them
over the muscles.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.bones import femur, neck, pelvis, ribs, sacrum, shoulder, spine
from netcourse.scanner.builder.bones.canal import Canal, carve_canal, disc, roots
from netcourse.scanner.builder.bones.joints import Joint
from netcourse.scanner.builder.bones.paint import SOFT, Bone, carve_bone, merged
from netcourse.scanner.builder.bones.spine import SIDES, Level
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise

VERTEBRA_GAP_MM = 0.8
RIB_JOINT_MM = 1.2
HIP_CARTILAGE_MM = 4.2
HIP_GAP_MM = 2.0


@dataclass
class Skeleton:
    """All bones of a body in a block, from the pelvis to the neck, and what joins them."""

    body: Body
    rump: sacrum.Sacrum
    canal: Canal
    bones: list[Bone] = field(default_factory=list)
    discs: list[Field] = field(default_factory=list)
    cartilages: list[Field] = field(default_factory=list)
    joints: list[Field] = field(default_factory=list)
    roots: list[tuple[Field, Field]] = field(default_factory=list)

    def add(self, bone: Bone) -> None:
        """Take a bone in; its distance is held in half precision."""
        if not bone.field.box.empty:
            bone.field = _halved(bone.field)
            self.bones.append(bone)

    def joint(self, one: Field, other: Field, reach_mm: float) -> None:
        """Remember what lies within a reach of two bones as cartilage (or disc) of their joint."""
        if not one.box.empty and not other.box.empty and touch(one, other):
            apart = np.maximum(one.values, other.on(one.box)) - reach_mm
            if (apart < 0).any():
                self.joints.append(_halved(Field(one.box, apart)))


def keep_bones(body: Body, space: Space) -> Skeleton:
    """Compute the skeleton of a body in a block and keep its distances: `bone` is all of it."""
    column = spine.levels(body)
    joints = sacrum.sacral_joints(body)
    skeleton = Skeleton(body, sacrum.sacrum(space, body, joints), Canal(body, column))
    parts: dict[str, list[Field]] = {"vertebral_body": [], "rib": [], "costal_cartilage": []}
    _spine(space, skeleton, column, joints, parts)
    _cage(space, skeleton, column, parts)
    _girdles(space, skeleton, parts)
    skeleton.cartilages = parts["costal_cartilage"]
    for name, fields in parts.items():
        space.keep(name, merged(space, fields))
    space.keep("disc", merged(space, skeleton.discs))
    space.keep("bone", merged(space, [b.field for b in skeleton.bones]))
    box = space.between((-22, -60, skeleton.canal.low - 10), (22, 110, skeleton.canal.high + 10))
    space.keep("canal", Field(box, skeleton.canal.field(box)))
    return skeleton


def carve_bones(space: Space, skeleton: Skeleton) -> None:
    """Carve the skeleton over the muscles: discs, canal, bones, then the cartilage in the joints."""
    body = skeleton.body
    for one in skeleton.discs:
        space.carve(one, "disc")
        rim = np.clip((one.values.astype(np.float32) + 6.0) / 4.0, 0, 0.5) * (one.values < 0)
        space.cover((one.box, rim.astype(np.float32)), "cartilage", ("disc",))
    canal = space.kept["canal"]
    for box in space.slabs(canal.box):
        space.carve((box, canal.on(box) < 0), "muscle_fat")
    space.carve(skeleton.rump.hollow, "muscle_fat", SOFT)
    for fat, _ in skeleton.roots:
        space.carve(fat, "muscle_fat", ("muscle", "muscle_across"))
    for bone in skeleton.bones:
        carve_bone(space, bone, body.seed(bone.name, False))
    for one in skeleton.cartilages:
        space.carve(one, "cartilage", SOFT)
        _calcify(space, body, one)
    for one in skeleton.joints:
        space.carve(one, "cartilage", (*SOFT, "tendon"))
    bones = space.kept["bone"]
    for box in space.slabs(canal.box):
        hard = np.minimum(bones.on(box), space.distance(box, "disc"))
        carve_canal(space, body, skeleton.canal, box, bones.on(box), hard)
    space.carve(skeleton.rump.sac, "csf", ("muscle_fat",))
    space.cover(skeleton.rump.nerves, "nerve", ("muscle_fat", "visceral_fat"))
    for _, nerve in skeleton.roots:
        space.cover(nerve, "nerve", ("muscle_fat", "visceral_fat"))


def _calcify(space: Space, body: Body, one: Field) -> None:
    """Flecks of lime in a costal cartilage: under its surface in the man, along its middle in the
    woman.
    """
    d = one.values.astype(np.float32)
    flecks = noise(body.seed("lime", False), one.box, (5, 4, 4))
    where = np.exp(-(((d + 4) / 1.5) ** 2)) if body.woman else np.exp(-(((d + 0.9) / 0.9) ** 2))
    share = np.clip(0.8 * (flecks - 0.75), 0, 0.8) * where * (d < 0)
    space.cover((one.box, share.astype(np.float32)), "calcification", ("cartilage",))


def _spine(
    space: Space,
    skeleton: Skeleton,
    column: dict[str, Level],
    below: dict[int, Joint],
    parts: dict[str, list[Field]],
) -> None:
    body, last = skeleton.body, skeleton.rump.bone
    skeleton.add(Bone("sacrum", last, skeleton.rump.cortex_mm, 0.30))
    skeleton.discs.append(skeleton.rump.discs)
    parts["sacrum"] = [last]
    frame, top, half = sacrum.top_of_sacrum(body)
    for name in reversed(column):
        level = column[name]
        if name == "C1":
            clay = neck.atlas(space, body, level)
        elif name == "C2":
            clay = neck.axis(space, body, level, below)
        else:
            above = {side: spine.upper_joints(level, side) for side in SIDES}
            clay = spine.vertebra(space, body, level, above, below)
            lower, below = below, above
        if name != "C1":
            one = disc(space, body, level, frame, top, half)
            if not one.box.empty:
                skeleton.discs.append(one)
        frame, top = level.frame, level.half_height
        half = (level.bone.width / 2, level.bone.depth / 2)
        if clay.empty:
            continue
        trunk = (
            np.maximum(level.wall(clay.u, clay.v, clay.w), level.ends(clay.u, clay.v, clay.w))
            if level.sizes
            else None
        )
        clay.cut(skeleton.canal.field(clay.box))
        whole = clay.field().yielding(last, VERTEBRA_GAP_MM)
        bone = Bone(name, whole, 1.0, 0.0)
        if trunk is not None:
            parts["vertebral_body"].append(Field(clay.box, np.maximum(trunk, whole.values)))
            joints = [*above.values(), *lower.values()]
            skeleton.roots += roots(space, level)
            vein = spine.basivertebral(clay, level)
            width, bone.dense = spine.strength(clay, level, trunk, joints)
            bone.cortex_mm, bone.fat = width * (1 - np.minimum(2 * vein, 1)), vein
        skeleton.add(bone)
        skeleton.joint(whole, last, 1.8)
        last = whole


def _cage(
    space: Space, skeleton: Skeleton, column: dict[str, Level], parts: dict[str, list[Field]]
) -> None:
    body = skeleton.body
    cage = ribs.Cage(body)
    cortex = float(table("thorax")["ribs"]["cortex_mm"])
    spines = [b.field for b in skeleton.bones if b.name[0] == "T"]
    for number in range(1, 13):
        for side in SIDES:
            course = ribs.rib(body, cage, column, number, side)
            if number <= 10:
                soft = ribs.cartilage(space, body, cage, course, side)
                if not soft.box.empty:
                    parts["costal_cartilage"].append(_halved(soft))
            for one in ribs.rib_field(space, body, course, side):
                if one.box.empty:
                    continue
                for other in spines:
                    if touch(one, other):
                        one = one.yielding(other, RIB_JOINT_MM)
                        skeleton.joint(one, other, 1.8)
                parts["rib"].append(one)
                skeleton.add(Bone(f"rib {number} {side}", one, cortex, 0.35))


def _girdles(space: Space, skeleton: Skeleton, parts: dict[str, list[Field]]) -> None:
    """Hips and thighs, then shoulders and sternum; soft joints between them keep their gaps."""
    body = skeleton.body
    for name in ("hip_bone", "femur", "scapula", "clavicle", "humerus"):
        parts[name] = []
    for side in SIDES:
        hip = pelvis.hip_bone(space, body, side)
        thigh, width = femur.femur(space, body, side)
        thigh = thigh.yielding(hip, HIP_GAP_MM)
        skeleton.add(Bone(f"hip {side}", hip, 1.2, 0.35))
        skeleton.add(Bone(f"femur {side}", thigh, width, *femur.marrow(body, thigh.box, side)))
        for other, reach in ((skeleton.rump.bone, 3.0), *((h, 3.5) for h in parts["hip_bone"])):
            skeleton.joint(hip, other, reach)
        if not thigh.box.empty and not hip.box.empty:
            skeleton.joints.append(_halved(_hip_joint(space, body, side, hip)))
        parts["hip_bone"].append(hip)
        parts["femur"].append(thigh)
        _shoulder(space, skeleton, parts, side)
    row = table("thorax")["sternum"]
    parts["sternum"] = []
    for name, bone in zip(("sternum", "xiphoid"), ribs.sternum(space, body), strict=True):
        for clavicle in parts["clavicle"]:
            if touch(bone, clavicle):
                bone = bone.yielding(clavicle, 1.8)
                skeleton.joint(bone, clavicle, 3.0)
        skeleton.add(Bone(name, bone, row["cortex_mm"], 0.3))
        parts["sternum"].append(bone)


def _shoulder(space: Space, skeleton: Skeleton, parts: dict[str, list[Field]], side: int) -> None:
    body, row = skeleton.body, table("thorax")
    clavicle = shoulder.clavicle(space, body, side)
    humerus, width = shoulder.humerus(space, body, side)
    scapula = shoulder.scapula(space, body, side)
    for other, gap in ((clavicle, 1.2), (humerus, 2.5), *((r, 4.0) for r in parts["rib"])):
        if touch(scapula, other):
            scapula = scapula.yielding(other, gap)
    skeleton.joint(scapula, clavicle, 2.5)
    skeleton.joint(scapula, humerus, 4.0)
    skeleton.add(Bone(f"clavicle {side}", clavicle, row["clavicle"]["cortex_mm"], 0.35))
    skeleton.add(Bone(f"humerus {side}", humerus, width, 0.35))
    skeleton.add(Bone(f"scapula {side}", scapula, row["scapula"]["cortex_mm"], 0.35))
    for name, bone in (("clavicle", clavicle), ("humerus", humerus), ("scapula", scapula)):
        parts[name].append(bone)


def _hip_joint(space: Space, body: Body, side: int, hip: Field) -> Field:
    """The space between head and socket."""
    centre, radius = pelvis.head(body)
    box = space.box([(side * centre[0], centre[1], centre[2])], radius + 8)
    away = np.sqrt(
        (box.x - side * centre[0]) ** 2 + (box.y - centre[1]) ** 2 + (box.z - centre[2]) ** 2
    )
    space_ = np.maximum(away - radius - HIP_CARTILAGE_MM, hip.on(box) - 4.5)
    return Field(box, space_.astype(np.float32))


def touch(one: Field, other: Field) -> bool:
    """Whether the boxes of two fields overlap."""
    return all(
        a.start < b.stop and b.start < a.stop
        for a, b in zip(one.box.slices, other.box.slices, strict=True)
    )


def _halved(one: Field) -> Field:
    return Field(one.box, np.clip(one.values, -60, 60).astype(np.float16))
