"""The documentation is true: links lead somewhere, code runs, commands and options exist, and
nothing that a reader can choose is without a paragraph.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import click
import pytest

from manyhands.boxes import FORMATS
from manyhands.cli import main
from manyhands.config import Asking, Comparing, Config, Page, read_config
from manyhands.crowd import METHODS
from manyhands.evidence import MODELS
from manyhands.executor import EXECUTORS
from manyhands.pipeline.networks import PRESETS as MASK_PRESETS
from manyhands.report import FIGURES
from manyhands.server.jobs import KINDS
from manyhands.simulate import PROFILES
from manyhands.training import PRESETS
from manyhands.types import Structure
from manyhands.volumes import READERS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TABLES: dict[str, Mapping[str, object]] = {
    "READERS": READERS,
    "FORMATS": FORMATS,
    "PROFILES": PROFILES,
    "METHODS": METHODS,
    "MODELS": MODELS,
    "EXECUTORS": EXECUTORS,
    "presets of masks": MASK_PRESETS,
    "FIGURES": FIGURES,
    "PRESETS": PRESETS,
    "KINDS": KINDS,
}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> Iterator[str]:
    """The code blocks of one language, without their fences."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def command_lines(page: Path) -> Iterator[str]:
    """Lines of bash blocks, those that end in a backslash joined, without comments."""
    for block in blocks(page, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield shlex.join(words)


def anchors(page: Path) -> set[str]:
    """What `#...` may follow the page's name: its headings as web pages spell them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def generator() -> ModuleType:
    """The script behind `make docs`."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        aim = (page.parent / file).resolve() if file else page
        assert aim.exists(), f"{name_of(page)}: nothing at {target}"
        if anchor:
            assert anchor in anchors(aim), f"{name_of(page)}: no such heading: {target}"


def test_every_page_is_listed() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in ROOT.glob("docs/*/*.md"):
        assert f"]({page.relative_to(ROOT / 'docs')})" in index


def wrong_with(line: str) -> str | None:
    """Why a line of the documentation would not run; None if it would, or is none of ours."""
    program, *words = shlex.split(line)
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = [word for word in words if "=" not in word]
        return next((f"no target {t}" for t in targets if f"\n{t}:" not in makefile), None)
    if program != "manyhands":
        return None
    return wrong_words(words)


def wrong_words(words: list[str]) -> str | None:
    """Let click read the words after `manyhands`, without running anything: does it understand?"""
    above = click.Context(main, info_name="manyhands")
    try:
        if words[0].startswith("-"):
            main.make_context("manyhands", words)
        else:
            name, command, arguments = main.resolve_command(above, words)
            assert command is not None
            command.make_context(name, arguments, parent=above)
    except click.exceptions.Exit:  # --help and --version end here
        return None
    except click.UsageError as error:
        return error.format_message()
    return None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page: Path) -> None:
    for line in command_lines(page):
        assert wrong_with(line) is None, f"{name_of(page)}: {line}: {wrong_with(line)}"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("manyhands fly study", "no such command 'fly'"),
        ("manyhands --wings", "no such option"),
        ("manyhands init study --structures liver --wings two", "no such option"),
        ("manyhands init study", "missing option '--structures'"),
        ("manyhands simulate study --profile lazy", "'lazy' is not one of"),
        ("make tea", "no target tea"),
    ],
)
def test_wrong_command_is_found(line: str, complaint: str) -> None:
    assert complaint in str(wrong_with(line)).lower()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks(page, "python"):
        exec(compile(block, name_of(page), "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("table", TABLES)
def test_table_entries_are_described(table: str) -> None:
    text = (ROOT / "docs" / "look-up" / "tables.md").read_text(encoding="utf-8")
    missing = [name for name in TABLES[table] if f"`{name}`" not in text]
    assert missing == [], f"docs/look-up/tables.md says nothing of {table}: {missing}"


def test_configuration_keys_are_described() -> None:
    text = (ROOT / "docs" / "look-up" / "configuration.md").read_text(encoding="utf-8")
    for described in (Config, Asking, Comparing, Page, Structure):
        for field in dataclasses.fields(described):
            assert f"| `{field.name}` |" in text


def test_configuration_shown_is_the_default(tmp_path: Path) -> None:
    (example,) = blocks(ROOT / "docs" / "look-up" / "configuration.md", "toml")
    (tmp_path / "manyhands.toml").write_text(example, encoding="utf-8")
    shown = read_config(tmp_path / "manyhands.toml")
    assert dataclasses.replace(shown, structures=()) == Config()


def finding_codes() -> set[str]:
    """Codes of all findings in the sources: texts of the form `what-happened` in their calls."""
    codes = set()
    for path in (ROOT / "src").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
                called = node.func.id if isinstance(node.func, ast.Name) else ""
                if "inding" in called:
                    codes |= {t for t in texts if isinstance(t, str) and is_code(t)}
    return codes


def is_code(text: str) -> bool:
    return re.fullmatch(r"[a-z]+(-[a-z]+)+", text) is not None


def test_finding_codes_are_described() -> None:
    text = (ROOT / "docs" / "look-up" / "findings.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([a-z-]+)` \|", text, flags=re.MULTILINE))
    assert described == finding_codes()


def test_readme_shows_the_story_that_is_tested() -> None:
    """The five commands on own boxes are, line by line, those that `tests/real` runs."""
    story = ast.parse((ROOT / "tests" / "real" / "test_story.py").read_text(encoding="utf-8"))
    tested = [
        node.value
        for node in ast.walk(story)
        if isinstance(node, ast.Constant) and str(node.value).startswith("\nmanyhands init")
    ]
    shown = [f"\n{b}" for b in blocks(ROOT / "README.md", "bash") if "import-boxes" in b]
    assert shown == tested


def test_command_reference_is_up_to_date() -> None:
    written = (ROOT / "docs" / "look-up" / "commands.md").read_text(encoding="utf-8")
    assert written == generator().command_reference(main), "write it anew: make docs"
