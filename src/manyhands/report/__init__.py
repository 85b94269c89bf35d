"""The report: one HTML page that needs nothing else, for people to read, print and send."""

from manyhands.report.content import Case, ComparedMethod, Coverage, ReportContent, coverage_of

__all__ = ["Case", "ComparedMethod", "Coverage", "ReportContent", "coverage_of"]
