"""The labs of the lessons: a plain model underneath, native controls, and a face that follows the
hand.
"""

from netcourse.reading.labs.affinity import Affinity
from netcourse.reading.labs.analogue import AnalogueOnBoard
from netcourse.reading.labs.board_pictures import BoardPictures
from netcourse.reading.labs.build_protocol import BuildProtocol
from netcourse.reading.labs.cold_clone import ColdClone
from netcourse.reading.labs.counts import CountsAndNoise
from netcourse.reading.labs.day_planner import DayPlanner
from netcourse.reading.labs.definitions import Definitions
from netcourse.reading.labs.dual_tracer import DualTracer, DualTracerLab, dual_tracer
from netcourse.reading.labs.eligibility import Eligibility
from netcourse.reading.labs.kidney_dose import KidneyDose
from netcourse.reading.labs.knobs import Choice, Face, Knob, Model, Range, Switch
from netcourse.reading.labs.lab import Lab, Question
from netcourse.reading.labs.ladder import Ladder
from netcourse.reading.labs.liver_reference import LiverReference, liver_reference
from netcourse.reading.labs.mips import FourScans, UptakeAtlas, tracer_scan
from netcourse.reading.labs.needle import Needle, needle
from netcourse.reading.labs.oral_agent import OralAgent
from netcourse.reading.labs.over_time import OverTime
from netcourse.reading.labs.pitfall_gallery import PitfallGallery, pitfall_gallery
from netcourse.reading.labs.rads_grid import RadsGrid
from netcourse.reading.labs.report_form import ReportForm, ReportLab
from netcourse.reading.labs.small_lesion import SmallLesion
from netcourse.reading.labs.synthetic_trial import SyntheticTrial
from netcourse.reading.labs.therapy_lab import TherapyLab
from netcourse.reading.labs.time_lab import TimeLab
from netcourse.reading.labs.tour import Tour, tour
from netcourse.reading.labs.tracer_choice import TracerChoice
from netcourse.reading.labs.tumour_board import TumourBoard
from netcourse.reading.labs.two_counts import TwoCounts
from netcourse.reading.labs.unknown_lesions import UnknownLesions, unknown_lesions
from netcourse.reading.labs.who_is_missed import WhoIsMissed

__all__ = [
    "Affinity",
    "AnalogueOnBoard",
    "BoardPictures",
    "BuildProtocol",
    "Choice",
    "ColdClone",
    "CountsAndNoise",
    "DayPlanner",
    "Definitions",
    "DualTracer",
    "DualTracerLab",
    "Eligibility",
    "Face",
    "FourScans",
    "KidneyDose",
    "Knob",
    "Lab",
    "Ladder",
    "LiverReference",
    "Model",
    "Needle",
    "OralAgent",
    "OverTime",
    "PitfallGallery",
    "Question",
    "RadsGrid",
    "Range",
    "ReportForm",
    "ReportLab",
    "SmallLesion",
    "Switch",
    "SyntheticTrial",
    "TherapyLab",
    "TimeLab",
    "Tour",
    "TracerChoice",
    "TumourBoard",
    "TwoCounts",
    "UnknownLesions",
    "UptakeAtlas",
    "WhoIsMissed",
    "dual_tracer",
    "liver_reference",
    "needle",
    "pitfall_gallery",
    "tour",
    "tracer_scan",
    "unknown_lesions",
]
