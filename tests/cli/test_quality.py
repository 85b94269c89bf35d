from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from manyhands.cli.quality import findings_table, predicted_table
from manyhands.types import Finding, Interval, Place, PredictedDice, Severity

Call = Callable[..., Result]


def test_what_is_doubtful_is_told_to_people_and_to_programs(call: Call, study: Path) -> None:
    """A spammer against two careful people is named; nobody needs the reference for it."""
    call("simulate", study, "--profile", "careful", "--annotators", "2")
    call("simulate", study, "--profile", "spammer")
    call("segment", study)
    told = call("quality", study)
    content = json.loads(call("quality", study, "--json").stdout)

    assert "annotator-far  spammer-1" in told.stdout
    assert "Lowest Dice expected" in told.stdout
    assert "quality: 1 done" in told.stderr
    (far,) = [f for f in content["findings"] if f["code"] == "annotator-far"]
    assert far["place"]["annotator"] == "spammer-1"
    assert len(content["predicted"]) == 5


def test_without_label_volumes_it_says_what_comes_first(call: Call, study: Path) -> None:
    result = call("quality", study)
    assert result.stdout == ""
    assert "manyhands segment" in result.stderr


def test_a_finding_says_how_much_what_where_and_what_to_do() -> None:
    finding = Finding(
        "structure-gap",
        Severity.WARNING,
        "Nobody looked at slice 4.",
        "Ask somebody.",
        Place("one", "liver", (4, 4)),
        0.125,
    )
    assert findings_table([finding]).splitlines()[1:] == [
        " 12%  warning  structure-gap  one, liver, slice 4",
        "      Nobody looked at slice 4. Ask somebody.",
    ]


def test_a_finding_of_the_whole_study_has_no_place() -> None:
    finding = Finding("answered-fast", Severity.WARNING, "Fast.", "Look.")
    assert findings_table([finding]).splitlines()[1] == "  0%  warning  answered-fast"


def test_nothing_doubtful_is_said_to_be_so() -> None:
    assert findings_table([]) == "Nothing doubtful was found."


def test_predictions_stand_below_each_other() -> None:
    predicted = [
        PredictedDice("one", "liver", Interval(0.5, 0.25, 0.75)),
        PredictedDice("eleven", "spleen", Interval(0.9, 0.8, 0.95)),
    ]
    assert predicted_table(predicted).splitlines()[1:] == [
        "one, liver      0.50 (0.25 to 0.75)",
        "eleven, spleen  0.90 (0.80 to 0.95)",
    ]
