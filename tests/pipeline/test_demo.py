from __future__ import annotations

from pathlib import Path

import pytest

from manyhands.errors import StudyError
from manyhands.pipeline import open_demo
from manyhands.store import Study


def test_the_demo_has_a_study_of_its_own_and_opens_it_again(tmp_path: Path) -> None:
    open_demo(tmp_path / "demo").close()

    with open_demo(tmp_path / "demo") as again:
        assert again.config.structures[0].name == "liver"


def test_the_demo_does_not_touch_another_study(study: Study) -> None:
    with pytest.raises(StudyError, match="a study of its own, with volume 'one'"):
        open_demo(study.folder)
