"""The shapes of an indicator pack: conditions, clauses, indicators, and the table as a whole with its way to a verdict."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from govcrawl.errors import RulebookError
from govcrawl.model.findings import Finding
from govcrawl.rulebook.models import Strict, Text


def _decimal(value: object) -> object:
    """Points are written in quotes: an unquoted 0.1 is a binary fraction before we see it."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise ValueError(f"应为加引号的小数，不是 {value!r}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"应为加引号的小数，不是 {value!r}") from None
    if not number.is_finite() or number < 0:
        raise ValueError(f"应为不小于零的小数，不是 {value!r}")
    return number


def _match(value: object) -> object:
    """`link-dead` alone stands for `{rule: link-dead}`."""
    return {"rule": value} if isinstance(value, str) else value


Points = Annotated[Decimal, BeforeValidator(_decimal)]
Unit = Literal["site", "page", "mark", "item", "column"]
Once = Literal["site", "finding", "url", "mark"]
_ONCE: dict[Unit, Once] = {"site": "site", "page": "finding", "mark": "mark", "item": "finding", "column": "url"}


class Match(Strict):
    """Which findings of a rule belong to a clause; what is not said is not asked."""

    rule: Text
    facets: list[Text] = Field(default_factory=list)
    """Any of these: `动态要闻` takes every level of the type, `政策文件:first` only the first level."""
    on_home: bool | None = None
    objects: list[Text] = Field(default_factory=list)

    @property
    def asks(self) -> int:
        """How much is asked; of two clauses the one that asks more gets the finding."""
        return bool(self.facets) + (self.on_home is not None) + bool(self.objects)

    def accepts(self, finding: Finding) -> bool:
        if finding.rule != self.rule or (self.on_home is not None and finding.on_home != self.on_home):
            return False
        if self.objects and finding.object not in self.objects:
            return False
        return not self.facets or self._facet(finding.facet)

    def _facet(self, facet: str | None) -> bool:
        return facet is not None and any(facet == wanted or facet.partition(":")[0] == wanted for wanted in self.facets)


class Counted(Match):
    """A match inside a veto's condition."""

    older_than_months: Annotated[int, Field(ge=1)] | None = None
    """Only findings whose newest date is longer ago than this; without a date none."""


MatchEntry = Annotated[Match, BeforeValidator(_match)]
CountedEntry = Annotated[Counted, BeforeValidator(_match)]


class Condition(Strict):
    """What makes a veto: so many findings (or guides that lack so many elements)."""

    label: Text
    """Chinese, as the veto's reason prints it."""
    of: Annotated[list[CountedEntry], Field(min_length=1)]
    counter: Text | None = None
    """Name of a number that is printed even where it stays below the limit; null = said only when met."""
    at_least: Annotated[int, Field(ge=1)] | None = None
    all_of_fewer_than: Annotated[int, Field(ge=1)] | None = None
    """Instead of `at_least`: there are fewer service items than this and every one is counted."""
    lacking: Annotated[int, Field(ge=1)] | None = None
    """Count addresses with at least so many different values instead of findings."""
    outcomes: list[Literal["fail", "needs_review"]] = ["fail"]
    """Outcomes that open a candidate. A `needs_review` counts once confirmed whatever stands here."""


class Step(Strict):
    """Other points for findings whose newest date lies further back."""

    older_than_months: Annotated[int, Field(ge=1)]
    points: Points


class Clause(Strict):
    """One sentence of the table: what it costs, for what, and which findings belong to it."""

    id: Text
    text: Text
    unit: Unit
    points: Points | None = None
    cap: Points | None = None
    """Most that this clause alone may cost; the indicator's `max` holds in any case."""
    once: Once | None = None
    """What counts only once: the site, an address, a mark (`facet`, else `value`), or each finding. Null = by unit."""
    sample: Text | None = None
    """Name of the sample (a key of the pack's `samples`) outside which nothing costs points."""
    lookback_months: Annotated[int, Field(ge=1)] | None = None
    steps: list[Step] = Field(default_factory=list)
    unless_counted: bool = False
    """True = a column that another indicator already charged costs nothing here."""
    match: list[MatchEntry] = Field(default_factory=list)
    when: Condition | None = None
    unchecked: Literal["login", "no_data", "not_built"] | None = None
    """Why nothing checks this clause, where no rule belongs to it."""
    earned_when: Literal["rules_pass"] | None = None

    @property
    def counts_once(self) -> Once:
        return self.once or _ONCE[self.unit]

    @property
    def rules(self) -> list[Match]:
        """Everything that looks for this clause: its own findings and those its veto counts."""
        return [*self.match, *(self.when.of if self.when else [])]


class Indicator(Strict):
    """One row of the table."""

    id: Annotated[Text, Field(pattern=r"^[VMDB][1-9]\d?$")]
    group: Text
    """一级指标."""
    name: Text
    kind: Literal["veto", "deduction", "bonus"]
    severity: Literal["severe", "major", "minor"]
    max: Points | None = None
    object: Literal["site", "account"] = "site"
    public_services: bool = False
    """About 办事服务: not applicable to a unit without public services."""
    note: Text | None = None
    clauses: Annotated[list[Clause], Field(min_length=1)]


class Sample(Strict):
    """What a sampled clause is drawn from and how many."""

    of: Literal[
        "documents", "interpretations", "services", "guides", "messages", "titles", "content_pages", "column_pages", "subordinate_titles"
    ]
    size: Annotated[int, Field(ge=1)]


class Ratio(Strict):
    times: Annotated[int, Field(ge=1)]
    over: Annotated[int, Field(ge=1)]


class Grade(Strict):
    name: Text
    from_: Annotated[Points, Field(alias="from")]


class Rounding(Strict):
    points: Annotated[int, Field(ge=0, le=6)] = 2
    coverage: Annotated[int, Field(ge=0, le=6)] = 4
    mode: Literal["half_up", "down"] = "half_up"


class Pack(Strict):
    """An indicator table with everything that turns findings into a verdict."""

    name: Text
    title: Text
    basis: Text
    source: Text
    extends: Text | None = None
    full: Points
    bonus_full: Points
    fail_below: Points
    bonus_above: Points
    without_services: Ratio
    coverage_floor: Points
    must_be_checked: list[Text]
    confirmations: Annotated[int, Field(ge=1)]
    scored_types: list[Text] | None = None
    grades: list[Grade]
    grade_failed: Text
    rounding: Rounding
    samples: dict[Text, Sample]
    indicators: list[Indicator]
    hints: list[Text]
    """Rules whose findings cost nothing (X0) unless a clause takes them."""
    facts: list[Text]
    """Rules that are nothing but facts for the inspector (no indicator)."""
    params: dict[Text, dict[Text, Any]] = Field(default_factory=dict)
    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    """The rules' own parameters, in the catalogue's order; not part of the files."""

    def param(self, rule: str, name: str) -> Any:
        """Value of a rule's parameter: the pack's, else the rule's own. RulebookError where neither has it.

        A mapping (`windows` by column type) is laid over the rule's own key by key. `lookback_months` is the clause's, so that check and
        score agree (0 = none).
        """
        own = self.params.get(rule, {})
        default = self.defaults.get(rule, {})
        if name in own:
            value = own[name]
            return {**default[name], **value} if isinstance(value, dict) and isinstance(default.get(name), dict) else value
        if name == "lookback_months" and rule in self._by_rule:
            return max(clause.lookback_months or 0 for _, clause, _ in self._by_rule[rule])
        if name in default:
            return default[name]
        raise RulebookError(f"指标包 {self.name}：规则 {rule} 没有参数 {name}")

    def place(self, finding: Finding) -> tuple[str | None, Clause | None]:
        """Indicator and clause of a finding: the clause that asks most, else X0 or no indicator at all."""
        entries = self._by_rule.get(finding.rule, [])
        fitting = [(match.asks, -n, indicator, clause) for n, (indicator, clause, match) in enumerate(entries) if match.accepts(finding)]
        if fitting:
            _, _, indicator, clause = max(fitting, key=lambda row: row[:2])
            return indicator.id, clause
        return ("X0", None) if finding.rule in self.hints else (None, None)

    def indicator(self, ident: str | None) -> Indicator | None:
        return self._by_id.get(ident or "")

    def clause(self, ident: str | None) -> Clause | None:
        return self._clauses.get(ident or "")

    @cached_property
    def _by_id(self) -> dict[str, Indicator]:
        return {i.id: i for i in self.indicators}

    @cached_property
    def _clauses(self) -> dict[str, Clause]:
        return {c.id: c for i in self.indicators for c in i.clauses}

    @cached_property
    def _by_rule(self) -> dict[str, list[tuple[Indicator, Clause, Match]]]:
        found: dict[str, list[tuple[Indicator, Clause, Match]]] = {}
        for indicator in self.indicators:
            for clause in indicator.clauses:
                for match in clause.match:
                    found.setdefault(match.rule, []).append((indicator, clause, match))
        return found
