"""A paragraph on methods that can be pasted into a paper, and what it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from manyhands.config import Config
from manyhands.report.content import ReportContent
from manyhands.types import Comparison

REFERENCES = {
    "study": "Kulkarni P, Kanhere A, Savani D, et al. Anytime, anywhere, anyone: investigating the "
    "feasibility of Segment Anything Model for crowd-sourcing medical image annotations. "
    "arXiv:2403.15218, 2024.",
    "dice": "Dice LR. Measures of the amount of ecologic association between species. Ecology 26, "
    "1945. doi:10.2307/1932409.",
    "nsd": "Nikolov S, Blackwell S, Zverovitch A, et al. Deep learning to achieve clinically "
    "applicable segmentation of head and neck anatomy for radiotherapy. arXiv:1809.04430, 2018.",
    "grabcut": "Rother C, Kolmogorov V, Blake A. GrabCut: interactive foreground extraction using "
    "iterated graph cuts. ACM Transactions on Graphics 23, 2004. doi:10.1145/1015706.1015720.",
    "nnunet": "Isensee F, Jaeger PF, Kohl SAA, et al. nnU-Net: a self-configuring method for deep "
    "learning-based biomedical image segmentation. Nature Methods 18, 2021. "
    "doi:10.1038/s41592-020-01008-z.",
    "wilcoxon": "Wilcoxon F. Individual comparisons by ranking methods. Biometrics Bulletin 1, "
    "1945. doi:10.2307/3001968.",
    "holm": "Holm S. A simple sequentially rejective multiple test procedure. Scandinavian Journal "
    "of Statistics 6, 1979.",
    "shift": "Hodges JL, Lehmann EL. Estimates of location based on rank tests. Annals of "
    "Mathematical Statistics 34, 1963. doi:10.1214/aoms/1177704172.",
    "biserial": "Kerby DS. The simple difference formula: an approach to teaching nonparametric "
    "correlation. Comprehensive Psychology 3, 2014. doi:10.2466/11.IT.3.1.",
    "bootstrap": "Efron B. Better bootstrap confidence intervals. Journal of the American "
    "Statistical Association 82, 1987. doi:10.2307/2289144.",
    "bland": "Bland JM, Altman DG. Statistical methods for assessing agreement between two methods "
    "of clinical measurement. Lancet 327, 1986. doi:10.1016/S0140-6736(86)90837-8.",
    "alpha": "Krippendorff K. Content analysis: an introduction to its methodology. Sage, 2004.",
}
"""By the key that a sentence refers to it with."""


def write_methods(content: ReportContent) -> tuple[str, tuple[str, ...]]:
    """The paragraph, with numbers in brackets, and the references in the order of these numbers.

    Without a configuration or a comparison there is nothing to tell: an empty text.
    """
    cited: list[str] = []
    text = " ".join(_numbered(sentence, keys, cited) for sentence, keys in _sentences(content))
    return text, tuple(REFERENCES[key] for key in cited)


def _numbered(sentence: str, keys: tuple[str, ...], cited: list[str]) -> str:
    """The sentence with the numbers of what it refers to before its full stop."""
    for key in keys:
        if key not in cited:
            cited.append(key)
    numbers = ", ".join(str(cited.index(key) + 1) for key in keys)
    return f"{sentence} [{numbers}]." if numbers else f"{sentence}."


def _sentences(content: ReportContent) -> Iterator[tuple[str, tuple[str, ...]]]:
    if content.config is not None and content.volumes:
        yield from _of_labels(content, content.config)
    if content.scores:
        tolerance = ", ".join(
            f"{mm:g}" for mm in sorted({s.nsd_tolerance_mm for s in content.scores})
        )
        yield (
            "Labels were scored against references by the Dice coefficient of the volume and by "
            f"the normalised surface Dice at {tolerance} mm, counted in voxels of a 6-neighbour "
            "surface, and by the larger of the two directed 95th percentiles of surface distance",
            ("dice", "nsd"),
        )
    if content.volumes_ml:
        yield ("Volumes were compared by limits of agreement", ("bland",))
    if content.models is not None:
        yield from _of_models(content.models, content.config)


def _of_labels(content: ReportContent, config: Config) -> Iterator[tuple[str, tuple[str, ...]]]:
    people = len({c.annotator for c in content.contributions})
    kind = "simulated " if any(c.is_simulated for c in content.contributions) else ""
    crowd = f"{people} {kind}annotators" if people > 1 else f"One {kind}annotator"
    names = ", ".join(structure.name.replace("_", " ") for structure in content.structures)
    boxes = sum(c.n_boxes for c in content.contributions)
    strides = [f"one slice in {config.stride}"] if config.stride > 1 else []
    if content.widest_stride > config.stride:
        strides.append(f"one in {content.widest_stride} by those who settled a disagreement")
    stride = f" ({', '.join(strides)})" if strides else ""
    yield (
        f"{crowd} drew {boxes} boxes around {names} in {_counted(len(content.volumes), 'volume')}, "
        f"slice by slice{stride}, as in a published study",
        ("study",),
    )
    known = _counted(len(config.gold), "volume")
    gold = f"; references of {known} taught how far boxes lie outside" if config.gold else ""
    yield (
        f"manyhands {content.provenance.version} found one box a structure and slice from all "
        f"annotators (method {config.consensus}){gold}. Slices that nobody looked at were left "
        "unknown",
        (),
    )
    yield (
        f"Boxes became label volumes by the model {config.model} and one cut for all structures of "
        "a volume",
        ("grabcut",) if config.model == "intensity" else (),
    )


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _of_models(models: Comparison, config: Config | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    n = max((test.difference.n for test in models.tests), default=0)
    trainings = max((score.n_replicates for score in models.scores), default=1)
    often = f", each the mean of {trainings} trainings" if trainings > 1 else ""
    arms = ", ".join(models.arms[1:])
    plural = "s" if len(models.arms) > 2 else ""
    yield (
        f"Segmentation models trained in the arm{plural} {arms} were compared with the arm "
        f"{models.baseline} on {_counted(n, 'patient')}{often}, one observation a patient",
        ("nnunet",) if config is not None else (),
    )
    yield (
        "Differences were tested by the two-sided Wilcoxon signed-rank test with its exact "
        "distribution, zeros left out and ties sharing ranks",
        ("wilcoxon",),
    )
    yield ("p values were adjusted over structures after Holm", ("holm",))
    yield (
        "Effects are given as mean difference with a 95 % bootstrap interval (BCa, patients "
        "resampled), as shift, and as matched rank-biserial correlation",
        ("bootstrap", "shift", "biserial"),
    )
    margins = {test.metric: test.margin for test in models.tests}
    if "volume_dice" in margins:
        yield (
            f"Non-inferiority was tested one-sided at a margin of {margins['volume_dice']:g} Dice",
            (),
        )
