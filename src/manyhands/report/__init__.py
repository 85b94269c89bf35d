"""The report: one HTML page that needs nothing else, for people to read, print and send."""

from manyhands.report.content import (
    Case,
    ComparedMethod,
    Contribution,
    Coverage,
    LearnedBias,
    Making,
    ReportContent,
    coverage_of,
)
from manyhands.report.data_files import write_data
from manyhands.report.figures import FIGURES
from manyhands.report.page import render_report, write_report
from manyhands.report.vector import FORMATS, write_figures

__all__ = [
    "FIGURES",
    "FORMATS",
    "Case",
    "ComparedMethod",
    "Contribution",
    "Coverage",
    "LearnedBias",
    "Making",
    "ReportContent",
    "coverage_of",
    "render_report",
    "write_data",
    "write_figures",
    "write_report",
]
