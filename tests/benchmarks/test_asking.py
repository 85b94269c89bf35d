from __future__ import annotations

from benchmarks.asking import Result, describe


def result(way: str, answers: int, boxes: int, dice: float, people: int = 4) -> Result:
    return Result("MR", "paper", way, "case", 0, "liver", people, answers, boxes, dice)


def test_each_way_is_told_beside_the_first() -> None:
    """100 answers and 60 boxes by four; 75 and 30 by two and by three: a quarter, half less."""
    results = [
        result("always four", 60, 40, 0.9),
        result("always four", 40, 20, 0.8),
        result("adaptive", 30, 20, 0.9, people=2),
        result("adaptive", 45, 10, 0.79, people=3),
    ]
    title, _, four, adaptive = describe(results, "MR", "paper").splitlines()

    assert title.startswith("MR: 1 volumes, 1 seeds, paper (paper,")
    assert four.split() == ["always", "four", "4.00", "+0%", "+0%", "0.8500", "+0.0000"]
    assert adaptive.split() == ["adaptive", "2.50", "-25%", "-50%", "0.8450", "+0.0050"]
