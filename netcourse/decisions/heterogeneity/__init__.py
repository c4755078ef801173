"""Two tracers and two clones: classes of a lesion and of a patient, FDG, biopsy and grade."""

from netcourse.decisions.core.grade import who_grade
from netcourse.decisions.heterogeneity.biopsy import (
    NO_TARGET,
    biopsy_access,
    biopsy_part,
    biopsy_target,
    is_rapid,
    rebiopsy,
)
from netcourse.decisions.heterogeneity.dual_tracer import (
    CLASSES,
    PATTERNS,
    Cuts,
    DualUptake,
    joint_read,
    netpet_class,
    reads,
)
from netcourse.decisions.heterogeneity.fdg import fdg_positive, fdg_ratio
from netcourse.decisions.heterogeneity.fdg_indication import (
    INDICATED,
    OPTIONAL,
    RECOMMENDED,
    fdg_indication,
)
from netcourse.decisions.heterogeneity.netpet import Classed, classed, netpet
from netcourse.decisions.heterogeneity.scales import (
    AGREE,
    CONCORDANT,
    DISAGREE,
    DISCORDANT,
    NO_CLASS,
    discordance,
    discordant_lesions,
    karfis,
    schemes_disagree,
    zidan,
)

__all__ = [
    "AGREE",
    "CLASSES",
    "CONCORDANT",
    "DISAGREE",
    "DISCORDANT",
    "INDICATED",
    "NO_CLASS",
    "NO_TARGET",
    "OPTIONAL",
    "PATTERNS",
    "RECOMMENDED",
    "Classed",
    "Cuts",
    "DualUptake",
    "biopsy_access",
    "biopsy_part",
    "biopsy_target",
    "classed",
    "discordance",
    "discordant_lesions",
    "fdg_indication",
    "fdg_positive",
    "fdg_ratio",
    "is_rapid",
    "joint_read",
    "karfis",
    "netpet",
    "netpet_class",
    "reads",
    "rebiopsy",
    "schemes_disagree",
    "who_grade",
    "zidan",
]
