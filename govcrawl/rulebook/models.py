"""The shapes of rule files. Strict: an unknown key, a number where text is due or a missing field is an error, never a default."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from govcrawl.model.findings import Outcome


def _text(value: object) -> object:
    """Refuse what YAML read as something else: `0755` (an octal number), `yes` (true), `12:30` (750), `2026-11-05` (a date)."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"应为文本，YAML 却读成了 {type(value).__name__}（{value!r}），请加英文引号")
    return value


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
"""Text that must stand in the file as text: quoted where YAML would read it as a number, a truth value, a time or a date."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Rule(Strict):
    """One entry of the catalogue: what is wrong, how it is told, what makes two findings the same. It knows no points."""

    id: Annotated[Text, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Text
    """Chinese name of the defect."""
    scope: Literal["p", "c", "s", "a"]
    """p one page, c one column, s one site, a an account."""
    object: Literal["site", "column", "page", "message", "guide", "attachment", "account"]
    version: Annotated[int, Field(ge=1)]
    identity: list[Literal["url", "value", "object_key", "source_file", "key"]]
    """Parts of the finding's id beside rule and site, in order; `[]` = one finding a site. `key` is the keyed hash of personal data."""
    built: bool
    by: Literal["A", "B", "C", "D", "E", "F"]
    """Stage that builds the rule; until then it is `not_checked: not_built`."""
    outcome: Literal["fail", "needs_review", "not_checked"]
    """What it gives when it fires."""
    message: Text
    """Chinese sentence with {placeholders} that the check fills."""
    expected: Text | None = None
    remedy: Text
    """整改要求, as the ledger prints it."""
    basis: Text
    """Document and clause."""
    params: dict[str, Any] = Field(default_factory=dict)
    """National defaults of what a pack may change."""

    @property
    def fires_as(self) -> Outcome:
        return Outcome(self.outcome)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names that `message` wants filled."""
        from string import Formatter

        return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.message) if name))


class Catalogue(Strict):
    """One file of `rules/catalogue/`."""

    title: Text
    rules: list[Rule]


class Labels(Strict):
    """One file of `rules/labels/`: what the same thing is called on different sites."""

    title: Text
    source: Text
    entries: dict[Text, list[Text]]

    @model_validator(mode="after")
    def _no_label_twice(self) -> Labels:
        for key, names in self.entries.items():
            if len(set(names)) != len(names):
                raise ValueError(f"“{key}”下有重复的叫法")
        return self


class Conditions(Strict):
    """When a wrong word counts; all must hold."""

    boundary: bool = True
    """Its edges must be word edges of the sentence (不符|和使用 is no 符和)."""
    not_before: list[Text] = Field(default_factory=list)
    """Texts that must not stand directly before the word."""
    not_after: list[Text] = Field(default_factory=list)
    in_quotes: bool = False
    """True = also counts between quotation marks (“关健”应为“关键” is a correction, not an error)."""
    in_title_marks: bool = False
    """True = also counts between 《》, where an old title is quoted as it was."""


class LexiconEntry(Strict):
    """A word that is always wrong, with sentences it must hit and must miss; `rules check` runs them."""

    id: Annotated[Text, Field(pattern=r"^[a-z-]+\.[a-z0-9-]+$")]
    wrong: Text
    right: Text
    class_: Annotated[Literal["typo", "style"], Field(alias="class")] = "typo"
    reliability: Literal["always", "unless", "style"] = "always"
    source: Text | None = None
    """Where it differs from the file's own."""
    valid_from: Text | None = None
    valid_to: Text | None = None
    conditions: Conditions = Field(default_factory=Conditions)
    allow: list[Text] = Field(default_factory=list)
    """Right phrases that contain the wrong word whole."""
    hit: Annotated[list[Text], Field(min_length=1)]
    miss: Annotated[list[Text], Field(min_length=1)]


class Lexicon(Strict):
    """One file of `rules/lexicons/`."""

    title: Text
    source: Text
    entries: list[LexiconEntry]


class OverlayYear(Strict):
    """One year's 国务院办公厅 notice, typed in before any package has it. Days are quoted ISO days."""

    off: list[Text]
    work: list[Text]
    source: Text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"“{text}”不是有效的正则表达式（{error}）") from None
    return text


def _selector(text: str) -> str:
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(text)
    except SelectorError as error:
        raise ValueError(f"“{text}”不是有效的 CSS 选择器（{error}）") from None
    return text


Pattern = Annotated[Text, AfterValidator(_pattern)]
Selector = Annotated[Text, AfterValidator(_selector)]
PageKind = Literal[
    "list", "content", "policy", "interpretation", "guide_list", "guide", "board", "message", "survey", "interview", "leader", "leaders", "statistics",
    "search", "static",
]  # fmt: skip
"""Kinds that a site's file may name; what is an error page or a shield is not for a file to say."""


class SiteSpec(Strict):
    """What is peculiar to one site: `rules/sites/<host>.yml`. Everything is optional; nothing here excuses a defect."""

    host: Text
    title: Text
    source: Text
    """Who looked, when, and why the general rules do not fit."""
    columns: dict[Text, Text] = Field(default_factory=dict)
    """Address of a column → its type, where name and place mislead."""
    kinds: dict[Pattern, PageKind] = Field(default_factory=dict)
    """Regular expression that an address's path and query begin with → what its pages are; the first that matches decides."""
    body: list[Selector] = Field(default_factory=list)
    """CSS selectors of the main text, tried before the general ones."""
    titles: list[Selector] = Field(default_factory=list)
    """CSS selectors of the content's title; the first that shows text is taken before tags and headings."""
    dates: list[Selector] = Field(default_factory=list)
    """CSS selectors of the printed publish date; the first that shows a whole date is taken as visible."""
    skip: list[Pattern] = Field(default_factory=list)
    """Regular expressions of addresses that are endless (calendars, sort orders) and are not followed."""

    def kind_of(self, path: str) -> str | None:
        """Kind that the file gives a page by its path and query (`/zwgk/list.jsp?id=3`)."""
        return next((kind for pattern, kind in self.kinds.items() if re.match(pattern, path)), None)
