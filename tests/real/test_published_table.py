"""The published study's Table 1 (right) comes out of its own per-patient scores.

Kulkarni et al. 2024 (arXiv 2403.15218): nnU-Net trained on ground truth and on masks of SAM, 15
test patients. Their table prints GT .90 ± .05 and SAM .80 ± .05 with p < .001; by structure as
below. The abstract says p < .001 of all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from manyhands.config import Comparing
from manyhands.evaluation import check_printed, compare_arms, read_arm_csv
from manyhands.types import Comparison, PairedTest

pytestmark = pytest.mark.real

# Structure: mean of GT, mean of SAM; p where the table prints one.
PRINTED = {
    "aorta": (0.92, 0.78),
    "lkidney": (0.87, 0.78),
    "rkidney": (0.87, 0.78),
    "liver": (0.94, 0.84),
    "spleen": (0.88, 0.80),
}


@pytest.fixture(scope="module")
def compared(real_data: Path) -> Comparison:
    folder = real_data / "crowd_btcv" / "results"
    scores = [
        *read_arm_csv(folder / "GT-nnunet-11-pred.csv", "GT"),
        *read_arm_csv(folder / "SAM-nnunet-11-pred.csv", "SAM"),
    ]
    return compare_arms(scores, settings=Comparing(baseline="GT"))


def find(compared: Comparison, structure: str | None) -> PairedTest:
    (test,) = (t for t in compared.tests if t.structure == structure)
    return test


def test_the_means_and_half_widths_are_those_printed(compared: Comparison) -> None:
    test = find(compared, None)
    assert round(test.baseline_mean.mean, 2) == 0.90
    assert round(test.arm_mean.mean, 2) == 0.80
    assert round(test.baseline_mean.half_width or 0, 2) == 0.05
    assert round(test.arm_mean.half_width or 0, 2) == 0.05
    assert test.difference.n == 15
    assert test.p < 0.001


@pytest.mark.parametrize("structure", PRINTED)
def test_the_structures_are_those_printed(compared: Comparison, structure: str) -> None:
    test = find(compared, structure)
    means = round(test.baseline_mean.mean, 2), round(test.arm_mean.mean, 2)
    assert means == PRINTED[structure]


def test_exact_p_values_agree_with_the_table_and_not_with_the_abstract(
    compared: Comparison, tmp_path: Path
) -> None:
    """Kidneys are .02 and .06, so not all are below .001."""
    path = tmp_path / "printed.csv"
    path.write_text(
        "structure,p,source\n"
        "mean,< .001,table\nlkidney,.02,table\nrkidney,.06,table\n"
        "aorta,< .001,abstract\nlkidney,< .001,abstract\nrkidney,< .001,abstract\n"
        "liver,< .001,abstract\nspleen,< .001,abstract\n"
    )
    checks = check_printed(path, compared.tests)
    disagreeing = [(c.structure, c.source) for c in checks if not c.agrees]
    assert disagreeing == [("lkidney", "abstract"), ("rkidney", "abstract")]


def test_what_the_table_does_not_tell(compared: Comparison) -> None:
    """After Holm the right kidney alone is open; nothing is non-inferior at .02."""
    adjusted = {t.structure: t.p_holm for t in compared.tests if t.structure}
    assert [name for name, p in adjusted.items() if p is not None and p > 0.05] == ["rkidney"]
    verdicts = {t.structure: t.verdict for t in compared.tests}
    assert verdicts.pop("rkidney") == "not decided"
    assert set(verdicts.values()) == {"inferior"}
