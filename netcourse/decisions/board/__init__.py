"""What a tumour board puts together: work-up, voices and management."""

from netcourse.decisions.board.management import (
    FIRST_LINE,
    MANAGEMENTS,
    NOT_NEC,
    SECOND_LINE,
    management,
    nec_chemotherapy,
)

__all__ = ["FIRST_LINE", "MANAGEMENTS", "NOT_NEC", "SECOND_LINE", "management", "nec_chemotherapy"]
