"""`page-tag-missing`: the meta tags that content and column pages must bear (D27).

Source: 国办发〔2017〕47号, 网页设计规范 annex: 网站标签 on every page, 栏目标签 on column pages, 内容标签 on content pages. An empty or `null` value
is missing; names are compared without regard to case.
"""

from __future__ import annotations

from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found
from govcrawl.checks.shared_blocks import is_home
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding

SITE_TAGS = ("SiteName", "SiteDomain", "SiteIDCode")
CONTENT_TAGS = ("ArticleTitle", "PubDate", "ContentSource")
COLUMN_TAGS = ("ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
_CONTENT = frozenset({"content", "policy", "interpretation"})
_NEVER = frozenset({"home", "static", "data", "error", "shield", "frame", "attachment", "search"})


@check("page-tag-missing")
class PageTags(SiteCheck):
    """One finding a page, `value` = the names that are missing. The facet says whether a content or a column page was judged, and
    whether a whole group of tags is absent (`content:group`, what the national clause asks) or single tags (`content:tag`).

    Not judged: the home page, pager pages 2…n, frames, error pages, static pages, pages whose body a script draws and that were not rendered.
    """

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self._all = {c.record.url for c in ctx.facts.columns}
        self._columns = {c.record.url for c in ctx.facts.columns if c.record.state != "static" and c.record.type != "静态页面"}
        self._findings: list[Finding] = []
        self._judged = 0

    def page(self, p: PageFacts) -> None:
        kind = self._kind(p)
        if kind is None:
            return
        self._judged += 1
        needed = SITE_TAGS + (CONTENT_TAGS if kind == "content" else COLUMN_TAGS)
        missing = [name for name in needed if not filled(p.meta.get(name.lower()))]
        if not missing:
            return
        evidence: list[dict[str, Any]] = [{"what": "meta", "found": {name: p.meta.get(name.lower()) for name in needed}, "page": kind}]
        self._findings.append(
            found(
                self.ctx,
                "page-tag-missing",
                p.url,
                value=",".join(missing),
                observed=f"{len(needed) - len(missing)}/{len(needed)}",
                facet=f"{kind}:{_depth(missing, needed)}",
                title=p.title or p.head_title,
                evidence=evidence,
                snapshot=p.snapshot,
            )  # fmt: skip
        )

    def _kind(self, p: PageFacts) -> str | None:
        if p.kind in _NEVER or p.page_no > 1 or is_home(self.ctx.facts, p.url) or (p.needs_script in ("body", "list") and not p.rendered):
            return None
        if p.kind == "list" or (p.url in self._columns and p.kind not in _CONTENT):
            return "column"
        return "content" if p.kind in _CONTENT and p.url not in self._all else None

    def finish(self) -> Report:
        return Report(findings=self._findings, results=[conclude("page-tag-missing", self._findings, self._judged)])


def _depth(missing: list[str], needed: tuple[str, ...]) -> str:
    """`group` when the site tags, or the page's own tags, are absent altogether; else `tag`."""
    groups = (set(SITE_TAGS), set(needed) - set(SITE_TAGS))
    return "group" if any(group <= set(missing) for group in groups) else "tag"


def filled(value: str | None) -> bool:
    """Whether a tag says anything: `null`, `undefined` and blanks are template leftovers."""
    return bool(value) and str(value).strip().lower() not in ("", "null", "undefined", "none")
