"""What the README says is what the command has, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from govcrawl.cli import app

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")


def commands() -> dict[str, list[str]]:
    """Command → its options."""
    group = typer.main.get_command(app)
    found: dict[str, list[str]] = {}

    def walk(prefix: str, command: object) -> None:
        inner = getattr(command, "commands", None)
        if inner:
            for name, each in inner.items():
                walk(f"{prefix} {name}".strip(), each)
        else:
            found[prefix] = [o for p in command.params for o in p.opts if o.startswith("--")]  # type: ignore[attr-defined]

    walk("", group)
    return found


def general_options() -> set[str]:
    """What stands before the command."""
    group = typer.main.get_command(app)
    return {option for parameter in group.get_params(typer.Context(group)) for option in parameter.opts if option.startswith("--")}


@pytest.mark.parametrize("readme", READMES)
def test_every_command_and_every_option_of_inspect_is_documented(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    known = commands()
    for name in known:
        assert f"govcrawl {name}" in text or f"make {name}" in text, name
    for option in known["inspect"]:
        assert f"`{option}" in text or option == "--help", option
    for option in general_options() - {"--help", "--version"}:
        assert f"`{option}" in text, option


@pytest.mark.parametrize("readme", READMES)
def test_no_command_or_option_is_documented_that_does_not_exist(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    options = {option for each in commands().values() for option in each} | general_options()
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= options
    groups = "|".join({name.split()[0] for name in commands() if " " in name})
    for name in re.findall(rf"(?:^|`)govcrawl ((?:{groups}) [a-z]+|[a-z]+)", text, re.M):
        assert name in commands() or name == "inspects", name


@pytest.mark.parametrize("readme", READMES)
def test_files_that_are_linked_exist(readme: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / readme).read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target
