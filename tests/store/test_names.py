from __future__ import annotations

import pytest

from manyhands.errors import InputError
from manyhands.store import check_name


@pytest.mark.parametrize("name", ["a", "case01_image", "Jürgen K.-2", "x" * 64])
def test_names_that_files_can_have(name: str) -> None:
    assert check_name(name, "volume name") == name


@pytest.mark.parametrize("name", ["", " a", "a ", ".hidden", "a/b", "a\\b", "..", "a\nb", "x" * 65])
def test_names_that_files_cannot_have(name: str) -> None:
    with pytest.raises(InputError, match=r"(?s)annotator name '.*': use 1 to 64 letters"):
        check_name(name, "annotator name")
