"""Domain and name of a site (D20)."""

from __future__ import annotations

from typing import Any

import pytest
from checks_kit import HOME, fails, home, marks, of, outcome, run, site, visit

from govcrawl.checks.naming import Domain, SiteName, core, fits, wrong_domain
from govcrawl.model.findings import Outcome

SUFFIXES = [".gov.cn", ".政务", ".xn--zfr164b"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://www.qinghe.com/", "未使用 .gov.cn 后缀"),
        ("http://www.qinghe.cn/", "未使用 .gov.cn 后缀"),
        ("http://www.qinghegov.cn/", "未使用 .gov.cn 后缀"),
        ("http://10.0.0.8/", "直接使用 IP 地址"),
        ("http://www.qinghe.gov.cn:8080/", "带端口号 8080"),
        ("http://www.qinghe.gov.cn/", None),
        ("https://slj.bd.gov.cn/", None),
        ("https://qinghe.chinatax.gov.cn/", None),
        ("http://www.gov.cn/", None),
        ("http://xn--fiq228c.xn--zfr164b/", None),
    ],
)
def test_domain(address: str, said: str | None) -> None:
    assert wrong_domain(address, SUFFIXES) == said


@pytest.mark.parametrize(
    ("asked", "shown", "value"),
    [
        ("http://www.qinghe.com/", None, "www.qinghe.com"),
        ("http://www.qinghe.gov.cn/", "http://www.qinghe.com/", "www.qinghe.com"),
        ("http://www.qinghe.com/", "http://www.qinghe.gov.cn/", None),  # the old address leads on to the right one
        ("http://www.qinghe.gov.cn/", None, None),
    ],
)
def test_the_address_that_the_visitor_sees(asked: str, shown: str | None, value: str | None) -> None:
    hops = [visit(asked, "redirected", status=301, redirect_to=shown)] if shown else []
    report = run(Domain, site(target={"url": asked}, visits=hops))
    assert [(f.value, f.url) for f in fails(report, "domain-nonconforming")] == [(value, HOME)] * (value is not None)


def test_domain_of_a_site_that_was_not_read() -> None:
    report = run(Domain, site(no_home=True, target={"url": "http://www.qinghe.com/"}))
    assert outcome(report, "domain-nonconforming") == ("not_checked", "unreachable")


# ---------------------------------------------------------------- name


@pytest.mark.parametrize(
    ("name", "organizer", "good"),
    [
        ("清和县人民政府", "清和县人民政府办公室", True),
        ("清和县人民政府门户网站", "清和县人民政府", True),
        ("清和县政府网", "清和县人民政府", True),
        ("清和县人民政府网站", "江南省清和县人民政府", True),
        ("清和县教育局", "清和县教育局", True),
        ("中国清和", "清和县人民政府", False),
        ("魅力清和", "清和县人民政府办公室", False),
        ("清和之窗", "清和县人民政府", False),
        ("清和县政务网", "清和县人民政府", False),
        ("清和县教育局", "清和县人民政府", False),
        ("清和县", "清和县人民政府", False),
    ],
)
def test_fits(name: str, organizer: str, good: bool) -> None:
    assert fits(name, organizer) is good


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("清和县人民政府门户网站", "清和县政府"),
        ("清和县人民政府办公室", "清和县政府"),
        ("清和县人民政府外事办公室", "清和县政府外事办公室"),
        ("清和县教育局官网", "清和县教育局"),
    ],
)
def test_core(name: str, expected: str) -> None:
    assert core(name) == expected


def _site(shown: str | None, *, organizer: str | None, meta: str | None = None, **changes: Any) -> Any:
    first = home(header_name=shown, meta={"sitename": meta} if meta else {}, marks=marks(organizer=changes.pop("footer", None)))
    facts = site(first=first, target={"organizer": organizer})
    facts.site.name = changes.pop("name", None)
    facts.site.organizer = None
    return facts


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (_site("魅力清和", organizer="清和县人民政府办公室", meta="魅力清和"), [("魅力清和", Outcome.FAIL, "name")]),
        (
            _site("魅力清和", organizer="清和县人民政府办公室"),
            [("魅力清和", Outcome.NEEDS_REVIEW, "name")],
        ),  # perhaps a slogan beside a picture
        (_site("中国清和", organizer="清和县人民政府", meta="中国清和"), [("中国清和", Outcome.FAIL, "name")]),
        (_site("清和县教育局", organizer="清和县人民政府"), [("清和县教育局", Outcome.NEEDS_REVIEW, "name")]),  # another body: ask
        (_site("魅力清和", organizer=None, footer="清和县人民政府"), [("魅力清和", Outcome.NEEDS_REVIEW, "name")]),
        (_site("魅力清和", organizer="清和县人民政府", meta="清和县人民政府"), [("魅力清和", Outcome.NEEDS_REVIEW, "header")]),
        (_site("清和县人民政府", organizer="清和县人民政府办公室"), []),
        (_site(None, organizer="清和县人民政府", meta="清和县人民政府"), []),  # a header that is a picture tells nothing
        (_site("清和县人民政府门户网站", organizer="清和县人民政府", meta="中国清和"), []),
    ],
)
def test_name(facts: Any, expected: list[tuple[str, Outcome, str]]) -> None:
    assert [(f.value, f.outcome, f.facet) for f in of(run(SiteName, facts), "site-name-nonconforming")] == expected


@pytest.mark.parametrize("facts", [_site("魅力清和", organizer=None), _site(None, organizer="清和县人民政府")])
def test_name_cannot_be_told(facts: Any) -> None:
    report = run(SiteName, facts)
    assert report.findings == []
    assert outcome(report, "site-name-nonconforming") == ("not_checked", "no_data")
