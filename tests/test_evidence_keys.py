"""What each finding's evidence bears: the table by rule, and the rows that are common to all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from evidence_lab import AS_OF, HOME, SITE, Lab, html
from evidence_needs import NEEDS, lacking

from govcrawl import grounds, rulebook
from govcrawl.checks.base import tried
from govcrawl.checks.links import Links
from govcrawl.model.facts import Context, Link, PageFacts, Try, Visit
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.items import Attachment, Site, Snapshot
from govcrawl.model.site_facts import SiteFacts
from govcrawl.model.targets import Target
from govcrawl.report.evidence import KEYS, WHAT, in_words
from govcrawl.spiders.job import ourselves
from govcrawl.spiders.site import SiteSpider
from govcrawl.store import snapshots

PACK = rulebook.pack("national-2019")


def test_every_rule_that_can_accuse_says_what_an_appeal_would_ask_for() -> None:
    accusing = {name for name, rule in rulebook.rules().items() if rule.built and rule.outcome != "not_checked"}
    assert accusing - NEEDS.keys() == set(), "名单 tests/evidence_needs.py 中没有这些规则：申诉时要用的佐证写在那里"
    assert NEEDS.keys() - rulebook.rules().keys() == set()


def test_what_the_table_asks_for_is_said_in_chinese() -> None:
    named = {part for rows in NEEDS.values() for parts in rows.values() for part in parts}
    assert named - KEYS.keys() == set()
    assert {what for rows in NEEDS.values() for what in rows} - WHAT.keys() == set()


def facts_of(lab: Lab, **more: Any) -> SiteFacts:
    home = PageFacts(url=HOME, kind="home")
    return SiteFacts(
        target=Target(url=HOME, site=SITE),
        site=Site(site=SITE, url=HOME, host="www.qinghe.gov.cn"),
        home=home,
        visits=lab.visits,
        pages=(home,),
        **more,
    )


def rows_of(lab: Lab, finding: Finding, drawn: dict[str, list[str]] | None = None, **more: Any) -> dict[str, dict[str, Any]]:
    """The common rows of one finding by their kind."""
    lab.writer.flush()
    done = grounds.witnessed([finding], lab.run, facts_of(lab, **more), PACK, drawn or {}, lab.folder / "snapshots")
    return {str(row["what"]): row for row in done[0].evidence[len(finding.evidence) :]}


def test_every_finding_bears_the_sentence_the_fetch_and_who_fetched(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    taken = lab.page("a.html", html("甲"))
    rows = rows_of(lab, lab.finding("a.html", rule="link-dead", clause="D22-2"))
    sentence = PACK.clause("D22-2")
    assert sentence is not None
    assert rows["ground"] == {"what": "ground", "as_of": AS_OF, "sentence": sentence.text, "basis": rulebook.rules()["link-dead"].basis}
    fetched = rows["fetched"]
    assert (fetched["at"], fetched["status"], fetched["address"], fetched["our_address"]) == (
        "2026-11-16T09:30:00+08:00",
        200,
        "10.0.0.8",
        "10.1.2.3",
    )
    assert fetched["user_agent"].startswith("Mozilla/5.0 (compatible; govcrawl") and fetched["snapshot"]["offset"] == taken.offset
    raw = snapshots.load(lab.warc, fetched["snapshot"]["offset"])
    assert raw.headers["server"] == "nginx", "the raw headers are found by that reference"
    assert "draw" not in rows and "range" not in rows


def test_a_finding_whose_bytes_are_gone_says_only_what_is_known(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.page("a.html", html("甲"))
    finding = lab.finding("a.html")
    lab.writer.close()
    lab.warc.unlink()
    assert "our_address" not in rows_of(lab, finding)["fetched"]
    assert "fetched" not in rows_of(lab, replace(finding, url=HOME + "never-asked.html"))


def test_a_missing_thing_says_what_was_not_read(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.page("a.html", html("甲"))
    lab.visits[HOME + "b.html"] = Visit(url=HOME + "b.html", context=Context(), outcome="failed", reason="timeout")
    lab.visits[HOME + "c.html"] = Visit(url=HOME + "c.html", context=Context(), outcome="failed", tries=[Try(at="t", url=HOME, status=404)])
    files = [
        Attachment(url=HOME + "f.pdf", page=HOME + "a.html", name="表13912345678手机", text_status="password"),
        Attachment(url=HOME + "g.pdf", page=HOME),
    ]
    finding = lab.finding("a.html", evidence=[{"what": "searched", "labels": ["办理机构"]}])
    row = rows_of(lab, finding, attachments=files)["range"]
    assert (row["known"], row["read"], row["unread"], row["reasons"]) == (3, 1, 1, ["访问超时 1"]), "404 hides nothing"
    assert len(row["unread_files"]) == 1


@pytest.mark.parametrize(("many", "chosen"), [(3, True), (3, False), (25, False)])
def test_a_sampled_clause_bears_the_log_of_its_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int, chosen: bool) -> None:
    lab = Lab(tmp_path)
    lab.page("a.html", html("甲"))
    drawn = [HOME + f"{n}.html" for n in range(many)] + ([HOME + "a.html"] if chosen else [])
    monkeypatch.setattr(grounds.scoring, "candidates", lambda facts, pack, as_of: {"D13-2": [*drawn, "x", "y"]})
    row = rows_of(lab, lab.finding("a.html", clause="D13-2"), {"D13-2": drawn})["draw"]
    assert (row["seed"], row["candidates"], row["size"], row["chosen"]) == ("2026-Q4", len(drawn) + 2, len(drawn), chosen)
    assert row.get("drawn") == (drawn if many < 20 else None)


def test_a_dead_link_bears_both_tries_the_name_the_answer_and_the_control_host(tmp_path: Path) -> None:
    taken = Snapshot("w.warc.gz", 7, "ab")
    target = "http://gone.qinghe.gov.cn/x"
    first = Try(at="t1", url=target, error="dns", snapshot=taken)
    control = {"url": HOME, "status": 200, "error": None, "at": "t2"}
    second = Try(
        at="t2", url=target, error="dns", control=control, resolved={"at": "t2", "error": "Name or service not known"}, snapshot=taken
    )
    link = Link(url=target, href=target, text="甲", tag="a", region="body", locator="(//a)[1]/@href")
    home = PageFacts(url=HOME, kind="home", links=[link])
    visits = {target: Visit(url=target, context=Context(role="outside"), outcome="failed", reason="unreachable", tries=[first])}
    looks = {target: Visit(url=target, context=Context(role="look"), outcome="failed", reason="unreachable", tries=[second])}
    lab = Lab(tmp_path)
    lab.page("", html("甲"))
    facts = replace(facts_of(lab), home=home, pages=(home,), visits={**lab.visits, **visits}, looks=looks)
    context: Any = SimpleNamespace(
        facts=facts, site=SITE, rules=rulebook.rules(), home_reason=None, as_of=SimpleNamespace(isoformat=lambda: AS_OF)
    )
    check = Links(context)
    check.page(home)
    [finding] = [f for f in check.finish().findings if f.rule == "link-dead"]
    assert finding.outcome is Outcome.FAIL
    lab.writer.flush()
    [whole] = grounds.witnessed([replace(finding, clause="D22-2")], lab.run, facts, PACK, {}, lab.folder / "snapshots")
    assert lacking(whole.to_json()) == []
    said = "\n".join(in_words(row) for row in whole.evidence)
    assert (
        "域名解析 时间 t2；错误 查无此域名（Name or service not known）" in said
        and "第几次 2" in said
        and "对照访问" in said
        and "留存原文" in said
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("resolved", {"at": "t", "addresses": ["10.0.0.1"]}, {"at": "t", "addresses": ["10.0.0.1"]}),
        ("resolved", None, None),
        ("snapshot", None, None),
    ],
)
def test_a_try_as_evidence_says_only_what_is_known(field: str, value: Any, said: Any) -> None:
    assert tried(Try(at="t", url=HOME, **{field: value})).get(field) == said


@pytest.mark.parametrize(
    ("host", "proxy", "known"),
    [("localhost", None, "addresses"), ("no-such-host.invalid", None, "error"), ("x.gov.cn", "http://10.9.9.9:3128", "via")],
)
def test_what_a_dead_targets_name_resolves_to(host: str, proxy: str | None, known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from govcrawl.clock import SystemClock
    from govcrawl.spiders import site

    async def directly(deferred: Any) -> Any:
        if isinstance(deferred, OSError):
            raise deferred
        return deferred

    def here(function: Any, *args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except OSError as error:
            return error

    monkeypatch.setattr(site.threads, "deferToThread", here)
    monkeypatch.setattr(site, "maybe_deferred_to_future", directly)
    job = SimpleNamespace(clock=SystemClock(), plan=SimpleNamespace(link_timeout=5.0))
    said = asyncio.run(SiteSpider._resolved(SimpleNamespace(job=job), host, proxy))  # type: ignore[arg-type]
    assert said.keys() == {"at", known} and said[known]


def test_the_warc_file_says_who_fetches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("http_proxy", "http://user:secret@10.9.9.9:3128")
    said = ourselves()
    assert said["http-header-user-agent"].startswith("Mozilla/5.0") and said["via"] == "10.9.9.9" and "secret" not in str(said)
    lab = Lab(tmp_path)
    lab.page("a.html", html("甲"))
    about = snapshots.about(lab.warc)
    assert about["ip"] == "10.1.2.3" and about["software"] == "govcrawl/0" and about["format"] == "WARC File Format 1.1"
    assert snapshots.about(tmp_path / "none.warc.gz") == {}
