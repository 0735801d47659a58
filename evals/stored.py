"""(c) The stored real pages beside the project, with the facts of `real.yml`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

from evals import oracles
from evals.corpora import REAL, ROOT
from evals.truth import Answer, Expected, Origin, context_of, expected_of
from govcrawl.model.facts import DATA, Context

SHARED = ROOT.parent / "shared" / "real"
TRUTH = Path(__file__).resolve().parent / "real.yml"
_AS_OF = "2026-11-16"
_HTML = {"content-type": "text/html; charset=utf-8"}


def available() -> bool:
    return (SHARED / "urls.tsv").is_file()


def real() -> Iterator[Origin]:
    """One origin a host; none makes up a whole site."""
    said = yaml.safe_load(TRUTH.read_text(encoding="utf-8"))
    for row in said["pages"]:
        answer = Answer(url=row["url"], body=(SHARED / row["file"]).read_bytes(), headers=_HTML, context=context_of(row))
        yield _origin(row, [answer], [expected_of(row, answer.key)])
    yield _documents(said["documents"])
    for row in said["answers"]:
        yield _answer(row)
    for row in said["fragments"]:
        yield _fragments(row)


def _origin(row: Mapping[str, Any], answers: list[Answer], expected: list[Expected], home: str | None = None) -> Origin:
    scheme, _, rest = answers[0].url.partition("://")
    return Origin(
        corpus=REAL, host=row["origin"], home=home or f"{scheme}://{rest.partition('/')[0]}/", as_of=row.get("as_of", _AS_OF), answers=answers,
        expected=expected, site=row.get("site") or {}, whole=False,
    )  # fmt: skip


def _documents(row: Mapping[str, Any]) -> Origin:
    folder = SHARED / row["folder"]
    answers, expected = [], []
    with (folder / "facts.tsv").open(encoding="utf-8", newline="") as file:
        for fact in csv.DictReader(file, delimiter="\t"):
            answers.append(Answer(url=fact["url"], body=(folder / fact["file"]).read_bytes(), headers=_HTML))
            facts = {name: fact[column] or None for name, column in row["fields"].items()}
            expected.append(Expected(key=fact["url"], file=fact["file"], kind="policy", facts=facts | {"published_source": "visible"}))
    return _origin(row, answers, expected)


def _answer(row: Mapping[str, Any]) -> Origin:
    body = (SHARED / row["file"]).read_bytes()
    rows = oracles.FORMS[row["form"]](body.decode("utf-8-sig"), row)
    if len(rows) != row["count"] or (row.get("first") and rows[0]["date"] != row["first"]):
        raise ValueError(f"{row['file']}：应有 {row['count']} 行，读出 {len(rows)} 行")
    parent = row.get("parent") or row["url"]
    media = row.get("media", "application/json")
    answer = Answer(
        url=row["url"], body=body, headers={"content-type": f"{media}; charset=utf-8"}, context=Context(role=DATA, parent=parent, depth=1)
    )
    listed = {"items_on_page": row["count"], "total": row.get("total")}
    return _origin(row, [answer], [Expected(key=answer.key, file=row["file"], listed=listed, rows=list(rows))])


def _fragments(row: Mapping[str, Any]) -> Origin:
    answers, expected = [], []
    for one in oracles.objects((SHARED / row["file"]).read_text(encoding="utf-8")):
        made = _block(one) if row["form"] == "block" else _framed(one)
        if made is not None:
            answers.append(made[0])
            expected.append(made[1])
    if len(answers) != row["count"]:
        raise ValueError(f"{row['file']}：应有 {row['count']} 篇，读出 {len(answers)} 篇")
    return _origin(row, answers, expected)


def _block(one: Mapping[str, Any]) -> tuple[Answer, Expected]:
    """A block that holds title, date and text itself."""
    page = f"<html><head><title></title></head><body>{one['body_html']}</body></html>"
    facts: dict[str, Any] = {"published_on": one["publish_time"][:10]}
    if not one["title"].endswith(("...", "…")):
        facts["title"] = one["title"]
    return Answer(url=one["url"], body=page.encode(), headers=_HTML), Expected(key=one["url"], file=one["url"], facts=facts)


def _framed(one: Mapping[str, Any]) -> tuple[Answer, Expected] | None:
    """A text alone: title and info line are put above it as its site prints them. The address has another date than the page on most."""
    if not one["article"]:
        return None
    source = (one["source"] or "").strip()
    page = (
        f"<html><head><title>{escape(one['title'])}_北京市中医管理局</title></head><body><div class='main'><h1>{escape(one['title'])}</h1>"
        f"<p class='info'><span>日期：{one['date']}</span> <span>来源：{escape(source)}</span></p>{one['article']}</div></body></html>"
    )
    facts = {"title": one["title"], "published_on": one["date"], "published_source": "visible", "source": source or None}
    url = one["urlsource"]
    return Answer(url=url, body=page.encode(), headers=_HTML), Expected(key=url, file=url, facts=facts)
