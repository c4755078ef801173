"""Lesson 03b: SSTR-RADS and the structured report."""

from netcourse.reading.lessons.cards import rads_card
from netcourse.reading.lessons.sstr_rads.pitfall_gallery import PitfallGallery, pitfall_gallery
from netcourse.reading.lessons.sstr_rads.rads_grid import RadsGrid
from netcourse.reading.lessons.sstr_rads.report_form import ReportForm, ReportLab

__all__ = ["PitfallGallery", "RadsGrid", "ReportForm", "ReportLab", "pitfall_gallery", "rads_card"]
