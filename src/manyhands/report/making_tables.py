"""A table of what made the results: every step, how it was called, with what."""

from __future__ import annotations

from manyhands.report.content import ReportContent
from manyhands.report.tables import MISSING, Row, Table


def making_table(content: ReportContent) -> Table:
    """A row for each way a step was called, in the order of the work."""
    return Table(
        "Steps, in the order in which they were last done",
        ("Step", "Command", "Version", "Configuration", "Finished", "Seed", "Units", "Seconds"),
        tuple(
            Row(
                one.step,
                (
                    one.command or MISSING,
                    one.version,
                    one.config_hash[:8] or MISSING,
                    f"{one.finished_at:%Y-%m-%d %H:%M} UTC",
                    MISSING if one.seed is None else str(one.seed),
                    str(one.n_units),
                    f"{one.took_s:.1f}",
                ),
            )
            for one in content.makings
        ),
        words=3,
    )
