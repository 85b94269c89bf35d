"""What a comparison of models says in sentences: the answer, and what so few patients can show."""

from __future__ import annotations

from collections.abc import Sequence

from manyhands.report.model_tables import between, mean, p_value, signed
from manyhands.types import Comparison, Power


def answers_in_words(comparison: Comparison) -> tuple[str, ...]:
    """The answer that the lead wants, a sentence for each arm: of the mean of structures, Dice."""
    return tuple(
        f"{test.arm}: mean volume Dice {mean(test.arm_mean, 2)}, {test.baseline} "
        f"{mean(test.baseline_mean, 2)}; difference {signed(test.difference.mean, 3)}"
        f"{between(test.difference.interval, 3)}, {_p_equals(test.p)}, "
        f"{test.difference.n} patients. At a margin of {test.margin:g}: {test.verdict}."
        for test in comparison.tests
        if (test.structure, test.metric) == (None, "volume_dice")
    )


def _p_equals(p: float) -> str:
    """In one piece, wherever the line ends."""
    text = p_value(p)
    words = f"p {text}" if text.startswith("<") else f"p = {text}"
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def powers_in_words(powers: Sequence[Power]) -> tuple[str, ...]:
    """What so many patients can show: of each number of patients once, then of each arm."""
    return (
        *dict.fromkeys(_effects_in_words(power) for power in powers),
        *(_noninferior_in_words(power) for power in powers if power.noninferior is not None),
    )


def _effects_in_words(power: Power) -> str:
    found = ", ".join(f"{effect:g} with {share:.0%}" for effect, share in power.by_effect.items())
    words = (
        f"With {power.n} patients a two-sided test at {power.alpha:g} finds an effect (mean over "
        f"SD of the differences) of {found}."
    )
    if power.detectable is not None:
        words += f" Found with 80 % is an effect of {power.detectable:.2f}."
    return words


def _noninferior_in_words(power: Power) -> str:
    return (
        f"Were {power.arm} just as good as the baseline, and differences spread as they do here, "
        f"its non-inferiority would be shown with {power.noninferior:.0%}; for 80 % it takes about "
        f"{power.n_needed} patients."
    )
