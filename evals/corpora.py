"""The corpora: the simulated government, pages of our own kept as bytes, whole sites of unseen templates, stored real pages beside the project."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from evals.truth import Answer, Expected, Origin, context_of, expected_of
from fixtures.portal.build import build_sites
from fixtures.portal.sites.kit import Site
from fixtures.portal.truth import expected as portal_truth
from fixtures.portal.world import Request, World
from govcrawl import reading
from govcrawl.model.facts import DATA, PAGE, Context
from govcrawl.page import addresses

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "fixtures" / "pages"
UNSEEN = ROOT / "fixtures" / "unseen"
PORTAL, KEPT, STRANGE, REAL = "simulated", "pages", "unseen", "real"
MOST = 3_000
"""Addresses of a simulated site that are asked at most: one of them has an endless calendar."""


def portal() -> Iterator[Origin]:
    """(a) Each site of the simulated government, walked from its home page as a crawl without a browser would."""
    world, sites = build_sites()
    for site in sites:
        truth = portal_truth(site)
        rows: dict[str, Expected] = {}
        for row in truth["pages"]:
            one = expected_of(row, row["url"])
            known = rows.setdefault(one.key, one)
            known.column = known.column or one.column
        yield Origin(
            corpus=PORTAL, host=site.host, home=site.home, as_of=truth["as_of"], answers=_walk(world, site, truth["as_of"]),
            expected=list(rows.values()), site=truth["site"],
        )  # fmt: skip


def _walk(world: World, site: Site, today: str) -> list[Answer]:
    scope = reading.Scope(home=site.home, hosts=frozenset({site.host}), family=frozenset(), today=today)
    queue: deque[tuple[str, Context]] = deque([(site.home, Context(home=True))])
    seen = {(addresses.key(site.home), "")}
    found: list[Answer] = []
    while queue and len(found) < MOST:
        url, context = queue.popleft()
        method = "GET" if context.form is None else "POST"
        query, form = (dict(parse_qsl(text or "", keep_blank_values=True)) for text in (urlsplit(url).query, context.form))
        given = world.answer(Request(method, url, query, form))
        if given is None or given.status != 200 or context.depth > 12:
            continue
        headers = {"content-type": given.media} | {name.lower(): value for name, value in given.headers}
        answer = Answer(url=url, body=given.body, status=given.status, headers=headers, context=context)
        found.append(answer)
        facts = reading.read(exchange_of(answer), context, scope).facts
        for onward, how in reading.follow(facts, context, scope):
            key = (addresses.key(onward), how.form or "")
            if how.role in (PAGE, DATA) and addresses.host(onward) == site.host and key not in seen:
                seen.add(key)
                queue.append((onward, how))
    return found


def exchange_of(answer: Answer) -> reading.Exchange:
    return reading.Exchange(answer.url, answer.status, answer.headers, answer.body, rendered=answer.rendered)


def kept(folder: Path = PAGES) -> Iterator[Origin]:
    """(b) `fixtures/pages/<origin>/`: one folder an origin."""
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (place / "expected.json").is_file():
            yield load(place)


def strange(folder: Path = UNSEEN) -> Iterator[Origin]:
    """(d) Whole sites whose templates were written after the code had been frozen, by somebody who had seen neither code nor rules.

    What the frozen code made of them stands in `first_look.yml`; today's code has been mended by what they showed.
    """
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (place / "expected.json").is_file():
            yield load(place, STRANGE)


def load(place: Path, corpus: str = KEPT) -> Origin:
    """One folder of kept pages.

    Raises:
        ValueError: the file of a row is missing, or `expected.json` is no object with pages.
    """
    said = json.loads((place / "expected.json").read_text(encoding="utf-8"))
    answers, truths = [], []
    for row in said["pages"]:
        file = place / "pages" / row["file"]
        if not file.is_file():
            raise ValueError(f"{file}：expected.json 列出的文件不存在")
        headers = {str(k).lower(): str(v) for k, v in (row.get("headers") or {}).items()}
        answer = Answer(url=row["url"], body=file.read_bytes(), status=row.get("status", 200), headers=headers, context=context_of(row))
        answers.append(answer)
        if row.get("checked", True):  # a row that `govcrawl page save` proposed and nobody has looked at tells nothing
            truths.append(expected_of(row, answer.key))
    return Origin(
        corpus=corpus, host=said["origin"], home=said["home"], as_of=said["as_of"], answers=answers, expected=truths, site=said.get("site") or {},
        whole=any(row.get("role") == "home" for row in said["pages"]),
    )  # fmt: skip
