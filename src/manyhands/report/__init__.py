"""The report: one HTML page that needs nothing else, for people to read, print and send."""

from manyhands.report.content import Case, ComparedMethod, Coverage, ReportContent, coverage_of
from manyhands.report.figures import FIGURES
from manyhands.report.page import render_report, write_report

__all__ = [
    "FIGURES",
    "Case",
    "ComparedMethod",
    "Coverage",
    "ReportContent",
    "coverage_of",
    "render_report",
    "write_report",
]
