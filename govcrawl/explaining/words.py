"""An account in Chinese words, for the person who mends an odd site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from govcrawl.explaining import terms
from govcrawl.explaining.account import Explained, Fact
from govcrawl.explaining.terms import BODIES, KINDS, LABELS, REGIONS, SIGNS, SOURCES, STATES, STEPS


def lines(out: Explained) -> Iterator[str]:
    """The account, a line at a time."""
    yield out.url
    if out.file:
        yield from _file(out)
        return
    yield f"页面类别：{KINDS.get(out.kind, out.kind)}（{out.kind}），依据：{STEPS.get(out.decided_by, out.decided_by)}"
    encoding = f"编码 {out.encoding}" if out.encoding else ""
    yield "　" + "，".join(
        part
        for part in (f"状态码 {out.status}", encoding, f"建站系统 {out.cms}" if out.cms else "", "渲染后" if out.rendered else "")
        if part
    )
    yield from _signs(out)
    yield from _column(out)
    yield from _facts(out.facts)
    yield from _body(out)
    yield from _lists(out)
    yield from _rest(out)
    yield from _site_file(out)
    yield from _place(out.place)


def _file(out: Explained) -> Iterator[str]:
    """`不是网页：PDF 文件（48213 字节）`; `不是网页：文件为空（0 字节）`."""
    file = out.file
    named = terms.FORMATS.get(file["format"]) if file["format"] else None
    yield f"不是网页：{named or file['reason']}" + (f"（{file['bytes']} 字节）" if file["bytes"] else "")
    yield f"　状态码 {out.status}"
    if named and file["reason"]:
        yield f"　{file['reason']}"
    if file["members"]:
        yield f"　内含 {len(file['members'])} 个文件：" + "、".join(file["members"][:5]) + ("……" if len(file["members"]) > 5 else "")
    if file["characters"]:
        yield f"　文字 {file['characters']} 字" + (f"，{file['pages']} 页" if file["pages"] else "") + f"，起首“{file['begins']}”"


def _signs(out: Explained) -> Iterator[str]:
    if out.structure:
        yield "结构：" + "，".join(f"{title} {terms.value(out.structure[name])}" for name, title in SIGNS.items())
    for name, keys in out.labels.items():
        shown = (terms.field(key) + (f"×{count}" if count > 1 else "") for key, count in keys.items())
        yield f"标签（{LABELS.get(name, name)}）：" + "，".join(shown)
    if out.meta:
        yield "meta：" + "，".join(f"{name}={value or '（空）'}" for name, value in out.meta.items())
    if out.breadcrumb:
        yield "当前位置：" + " > ".join(out.breadcrumb)


def _column(out: Explained) -> Iterator[str]:
    column = out.column
    if column:
        name, source = column["name"] or "（无）", SOURCES.get(column["source"], column["source"])
        yield f"栏目：{name}（取自{source}），类型 {column['type']}（依据{SOURCES.get(column['type_by'], column['type_by'])}）"


def _facts(facts: list[Fact]) -> Iterator[str]:
    if facts:
        yield "读到的内容："
    for fact in facts:
        shown = terms.field(fact.value) if fact.field == "form" else terms.value(fact.value)
        raw = f"“{fact.raw}”" if fact.raw and fact.raw != shown else ""
        at = f"　{fact.locator}" if fact.locator else ""
        yield f"　{terms.field(fact.field)} = {shown}　[{SOURCES.get(fact.source, fact.source)}{raw}]{at}"


def _body(out: Explained) -> Iterator[str]:
    body = out.body
    if not body:
        return
    if body["how"] == "none":
        yield f"正文：{BODIES['none']}"
        return
    yield f"正文：{body['element']}（{BODIES.get(body['how'], body['how'])}），{body['characters']} 字，起首“{body['begins']}”　{body['locator']}"
    if body["candidates"]:
        yield "　未采用的容器：" + "、".join(body["candidates"])


def _lists(out: Explained) -> Iterator[str]:
    for block in out.lists:
        own = "本页列表" if block["main"] else "区块"
        first = block["first"]
        head = f"，首行“{first['title']}” {first['date'] or '无日期'}" if first else ""
        yield f"{own}：{block['title'] or '（无题）'}，{block['rows']} 行，其中有日期 {block['dated']} 行，位于{REGIONS.get(block['region'], block['region'])}{head}"
    pager = out.pager
    if pager.get("pages") or pager.get("data") or pager.get("total") is not None or pager.get("number", 1) > 1:
        total = "未标明" if pager["total"] is None else f"{pager['total']} 条"
        yield f"翻页：第 {pager['number']} 页，另有 {len(pager['pages'])} 页，总数 {total}，数据接口 {len(pager['data'])} 个"
        yield from (f"　{url}" for url in [*pager["pages"][:3], *(url for url, _ in pager["data"][:3])])


def _rest(out: Explained) -> Iterator[str]:
    if out.needs_script:
        yield f"须渲染后再判断：{terms.SCRIPTED.get(out.needs_script, out.needs_script)}"
    for row in out.records:
        also = f"（也可读作{'、'.join(map(terms.record, row['readable_as']))}，由栏目决定）" if row.get("readable_as") else ""
        yield f"记录：{terms.record(row['kind'])}　{row['title'] or ''}{also}"
    noted = [f"{terms.NOTES.get(name, name)} {_noted(name, value)}" for name, value in out.notes.items() if name != "column_type" and value]
    if noted:
        yield "附注：" + "；".join(noted)


def _noted(name: str, value: Any) -> str:
    if name == "search":  # how it was found is a word of ours
        value = {key: inner for key, inner in value.items() if key != "by"}
    return terms.field(value) if name == "shows" else terms.value(value)


def _site_file(out: Explained) -> Iterator[str]:
    file = out.site_file
    if not file:
        return
    if file["exists"]:
        used = "、".join(file["applied"]) or "没有一项用在本页"
        yield f"特例文件：{file['path']} 已有，用在本页的项：{used}"
        return
    yield f"特例文件：没有 {file['path']}。读错时可在其中写明（格式见 rules/sites/README.md）："
    path = "/" + out.url.partition("://")[2].partition("/")[2]
    yield f"　kinds  {{'{path}': 类别}}　改变上面的“页面类别”"
    yield f"　columns {{{out.url}: 类型}}　改变栏目类型 {out.column.get('type', '')}"
    yield "　body / titles / dates [CSS 选择器]　改变正文、标题、发布日期取自何处"


def _place(place: dict[str, Any]) -> Iterator[str]:
    if not place:
        return
    if "is_column" in place:
        own = place["is_column"]
        yield f"全站看：本页是栏目“{own['name']}”，类型 {own['type']}，第 {own['level']} 级，状态 {STATES.get(own['state'], own['state'])}，{own['items']} 条，最新 {own['newest_on'] or '无'}"
    else:
        yield f"全站看：属于栏目 {place['column'] or '（无）'}" + (f"，类型 {place['column_type']}" if place.get("column_type") else "")
    if place.get("list_date"):
        yield f"　列表所示日期 {place['list_date']}"
    for row in place["records"]:
        yield f"　最终记录：{terms.record(row['kind'])}　{row['title'] or ''}　{row['published_on'] or '无日期'}（{SOURCES.get(row['published_source'], '—')}）"
