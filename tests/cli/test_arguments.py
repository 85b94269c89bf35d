from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from manyhands.cli.arguments import ClassName, ManyValues, PictureSize


@click.command(cls=ManyValues)
@click.argument("images", nargs=-1, required=True)
@click.option("--reference", "-r", "references", multiple=True)
@click.option("--split")
@click.option("--size", type=PictureSize())
@click.option("--class", "classes", multiple=True, type=ClassName())
def command(**values: object) -> None:
    click.echo(repr(values))


def call(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    values: dict[str, object] = eval(result.stdout)
    return values


@pytest.mark.parametrize(
    "arguments",
    [
        ["a", "b", "--reference", "c", "d"],
        ["a", "b", "--reference", "c", "--reference", "d"],
        ["a", "b", "-r", "c", "-r", "d", "--split", "test"],
        ["--split", "test", "a", "b", "--reference", "c", "d"],
        ["a", "b", "--reference=c", "--reference", "d"],
        ["--reference=c", "a", "b", "--reference", "d"],
    ],
)
def test_a_repeatable_option_takes_all_that_follows(arguments: list[str]) -> None:
    values = call(*arguments)

    assert values["images"] == ("a", "b")
    assert values["references"] == ("c", "d")


def test_another_option_ends_it() -> None:
    values = call("a", "--reference", "c", "--split", "test", "b")

    assert (values["images"], values["references"]) == (("a", "b"), ("c",))


def test_sizes_and_classes_are_read() -> None:
    values = call("a", "--size", "512x256", "--class", "0=spleen", "7=left=right")

    assert values["size"] == (512, 256)
    assert values["classes"] == ((0, "spleen"), (7, "left=right"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "512"], "'512': expected rows and columns, such as 512x512"),
        (["--size", "0x5"], "'0x5': expected rows and columns"),
        (["--class", "spleen"], "'spleen': expected an id and a structure, such as 0=spleen"),
    ],
)
def test_what_cannot_be_read_is_wrong_use(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(command, ["a", *arguments])

    assert result.exit_code == 2
    assert message in result.stderr
