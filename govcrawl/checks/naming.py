"""`domain-nonconforming`, `site-name-nonconforming`: what the site is called (D20).

Source: 国办发〔2017〕47号 and 国办函〔2018〕55号: English domain under `.gov.cn` (Chinese `.政务`), no port, no bare address; named after the region's
government or the unit, the name shown in the page header.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, last_visit, unchecked
from govcrawl.model.findings import Finding, Outcome
from govcrawl.text import normalise

_TAIL = re.compile(r"(?:门户网站|政务网站|官方网站|互联网站|网站群|门户|官网|网站|网)$")
"""Matches the end of "清河县人民政府门户网站", not "清河县人民政府"."""
_OFFICE = re.compile(r"(?<=政府)(?:办公厅|办公室)$")
"""Matches the end of "清河县人民政府办公室", not "清河县人民政府外事办公室"."""
_BODY = re.compile(r"政府|局|委员会|委|厅|部|院|署|会|中心|处|所|办公室|办|站|队|馆|社|行|公司|学校|大学|学院|管委会|街道|[镇乡]$")
"""Matches a name that calls a body ("清河县司法局"), not a brand ("魅力清河", "中国清河")."""


@check("domain-nonconforming")
class Domain(SiteCheck):
    """Judges the address that the visitor's browser shows after redirects. Not checked where the home page was not read."""

    def finish(self) -> Report:
        ctx = self.ctx
        if ctx.facts.home is None:
            return unchecked(self.rules, ctx.home_reason or "unreachable")
        address = final_address(ctx)
        said = wrong_domain(address, [str(s) for s in ctx.param("domain-nonconforming", "allowed_suffixes")])
        findings: list[Finding] = []
        if said:
            findings.append(
                found(
                    ctx,
                    "domain-nonconforming",
                    ctx.home_url,
                    value=urlsplit(address).netloc,
                    observed=said,
                    title=ctx.facts.site.name,
                    evidence=[{"what": "address", "asked": ctx.facts.target.url, "shown": address}],
                    snapshot=ctx.facts.home.snapshot,
                )  # fmt: skip
            )
        return Report(findings=findings, results=[conclude("domain-nonconforming", findings, 1)])


def final_address(ctx: CheckContext) -> str:
    """Where the home page's redirects end."""
    visit = last_visit(ctx.facts, ctx.facts.target.url)
    if visit is None:
        return ctx.facts.target.url
    return visit.redirect_to or visit.url


def wrong_domain(url: str, suffixes: list[str]) -> str | None:
    """What is wrong with a home page's host, in print; null when it conforms."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    try:
        ipaddress.ip_address(host)
        return "直接使用 IP 地址"
    except ValueError:
        pass
    if not any(host == suffix.lstrip(".") or host.endswith(suffix) for suffix in suffixes):
        return f"未使用 {suffixes[0]} 后缀" if suffixes else "域名后缀不规范"
    if parts.port not in (None, 80, 443):
        return f"带端口号 {parts.port}"
    return None


@check("site-name-nonconforming")
class SiteName(SiteCheck):
    """Compares the name that the site gives itself with its organizer, and looks for it in the page header.

    The registry's organizer makes a `fail`; the footer's own 主办单位 only a candidate. A name that calls another body is a candidate too (short forms, mergers); one that calls no
    body at all (a brand, a slogan) fails. A header that is a mere picture tells nothing.
    """

    def finish(self) -> Report:
        ctx, home = self.ctx, self.ctx.facts.home
        if home is None:
            return unchecked(self.rules, ctx.home_reason or "unreachable")
        registry = ctx.facts.target.organizer
        organizer = registry or ctx.facts.site.organizer or (home.marks.organizer if home.marks else None)
        names = [name for name in (home.meta.get("sitename"), ctx.facts.site.name, home.header_name) if name and name.strip()]
        if organizer is None or not names:
            return unchecked(self.rules, "no_data")
        findings = [f for f in (self._named(names, organizer, registry is not None), self._shown(names, organizer)) if f]
        return Report(findings=findings, results=[conclude("site-name-nonconforming", findings, 1)])

    def _named(self, names: list[str], organizer: str, sure: bool) -> Finding | None:
        if any(fits(name, organizer) for name in names):
            return None
        name = names[0].strip()
        outcome = None if sure and self._declared(name) and not calls_body(name) else Outcome.NEEDS_REVIEW
        return self._finding(name, f"网站名称“{name}”不是“{organizer}”的名称", organizer, outcome, "name", names)

    def _shown(self, names: list[str], organizer: str) -> Finding | None:
        """The name is right, and the header's text shows something else: a candidate, for which line of a header is its name is a guess."""
        home = self.ctx.facts.home
        assert home is not None
        header = (home.header_name or "").strip()
        if not header or not any(fits(name, organizer) for name in names) or fits(header, organizer):
            return None
        return self._finding(header, f"页面头部显示“{header}”，未显示网站名称", organizer, Outcome.NEEDS_REVIEW, "header", names)

    def _declared(self, name: str) -> bool:
        """Whether the site itself declares the name, in `SiteName` or the window's title: not only a line of the header that looked like one."""
        home = self.ctx.facts.home
        assert home is not None
        said = normalise.label(f"{home.meta.get('sitename') or ''} {home.head_title or ''}")
        return normalise.label(name) in said

    def _finding(self, value: str, observed: str, organizer: str, outcome: Outcome | None, facet: str, names: list[str]) -> Finding:
        home = self.ctx.facts.home
        assert home is not None
        evidence: list[dict[str, Any]] = [{"what": "names", "names": names, "header": home.header_name, "organizer": organizer}]
        return found(
            self.ctx, "site-name-nonconforming", home.url, value=value, outcome=outcome, observed=observed, facet=facet,
            title=self.ctx.facts.site.name, evidence=evidence, snapshot=home.snapshot,
        )  # fmt: skip


def core(name: str) -> str:
    """A name as it is compared: folded, without 网站 and the like at its end, 人民政府 as 政府, an office as its government."""
    text = normalise.label(name)
    previous = ""
    while text != previous:
        previous, text = text, _TAIL.sub("", text)
    return _OFFICE.sub("", text.replace("人民政府", "政府"))


def fits(name: str, organizer: str) -> bool:
    """Whether a site's name is its organizer's: equal, or one within the other, and calling a body.

    `清河县人民政府门户网站` fits 清河县人民政府办公室; `中国清河` does not.
    """
    shown, due = core(name), core(organizer)
    if not shown or not calls_body(shown):
        return False
    return shown in due or due in shown


def calls_body(name: str) -> bool:
    """Whether a name calls a body (政府, 局, 委 …), not only a place or a slogan."""
    return _BODY.search(core(name)) is not None
