from __future__ import annotations

from xml.etree import ElementTree

from manyhands.report.curves import COLUMNS, ROWS, Curve, draw_curves, write_curves

FINE = Curve("every slice", "1", (10.0, 20.0), (0.8, 0.9), ("1 person", "2 people"))
COARSE = Curve("every 4th slice", "4", (3.0, 10.0), (0.7, 0.8), ("1 person", "2 people"))


def drawn(*curves: Curve) -> str:
    return draw_curves(curves, title="What to expect", x_title="minutes", y_title="Dice")


def test_the_picture_is_an_svg_and_the_same_each_time() -> None:
    text = drawn(FINE, COARSE)

    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert drawn(FINE, COARSE) == text
    assert drawn(FINE) != text
    ElementTree.fromstring(drawn())


def test_letters_stand_where_the_points_are() -> None:
    """The best and dearest is in the upper right corner; two that fall together are a star."""
    text = write_curves([FINE, COARSE], x_title="minutes", y_title="Dice")
    lines = text.splitlines()

    assert lines[0] == "Dice"
    assert lines[1] == f"  0.900 |{'1':>{COLUMNS}}"
    assert lines[ROWS].startswith("  0.700 |")
    assert lines[ROWS].index("4") == len("  0.700 |") + round((COLUMNS - 1) * 3 / 20)
    assert text.count("*") == 1
    assert lines[ROWS + 2].endswith("20 minutes")
    assert lines[-1] == "1 every slice, 4 every 4th slice"


def test_one_point_and_none() -> None:
    one = Curve("every slice", "1", (0.0,), (0.5,), ("",))

    assert "  0.500 |1" in write_curves([one], x_title="minutes", y_title="Dice")
    assert write_curves([], x_title="minutes", y_title="Dice") == ""
