"""An account in Chinese words, for the person who mends an odd site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from govcrawl.explaining.account import Explained, Fact

KINDS = {
    "home": "首页", "list": "列表页", "content": "文章页", "policy": "政策文件页", "interpretation": "解读页", "guide_list": "事项列表页", "guide": "办事指南页",
    "board": "留言列表页", "message": "留言页", "survey": "征集调查页", "interview": "访谈页", "leader": "领导个人页", "leaders": "领导列表页", "statistics": "统计页",
    "search": "检索结果页", "static": "单页", "data": "列表数据", "error": "出错页", "shield": "防护系统拦截页", "frame": "框架页", "attachment": "附件", "other": "其他",
}  # fmt: skip
STEPS = {
    "home": "地址是网站首页", "site": "本站特例文件指定", "frame": "页面是框架", "search": "地址是检索地址", "labels": "页面上成组的标签", "form": "页面是填写表单",
    "list": "成行的链接", "text": "正文，再看栏目类型和标题", "number": "标题或正文开头的发文字号", "error": "状态码或出错用语", "shield": "防护系统的脚本或用语", "data": "接口返回的数据",
}  # fmt: skip
SOURCES = {
    "site": "本站特例文件", "meta": "meta 标签", "heading": "页内标题元素", "line": "正文上方的长行", "head": "<title>", "none": "—", "column": "栏目名称", "crumb": "当前位置",
    "visible": "页面所示", "list": "列表", "path": "网址", "guess": "推测", "label": "标签", "text": "页面文字", "derived": "由其他内容得出", "footer": "页脚",
    "name": "名称本身", "tag": "ColumnType 标签", "part": "名称的一部分",
}  # fmt: skip
BODIES = {"container": "已知的正文容器", "weak": "常见但不专用的容器名", "density": "段落最密集处", "none": "没有找到正文"}
_LABELS = {"policy": "政策文件", "guide": "办事指南", "message": "留言", "consultation": "征集", "leader": "领导"}
_SIGNS = {
    "rows": "最长列表的行数", "dated": "带日期的行", "titled": "有标题的行", "plain": "正文链接外字数", "media": "正文图片视频附件", "has_pager": "有翻页",
}  # fmt: skip


def lines(out: Explained) -> Iterator[str]:
    """The account, a line at a time."""
    yield out.url
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


def _signs(out: Explained) -> Iterator[str]:
    if out.structure:
        yield "结构：" + "，".join(f"{title} {_yes(out.structure[name])}" for name, title in _SIGNS.items())
    for name, keys in out.labels.items():
        yield f"标签（{_LABELS.get(name, name)}）：" + "，".join(f"{key}×{count}" if count > 1 else key for key, count in keys.items())
    if out.meta:
        yield "meta：" + "，".join(f"{name}={value or '（空）'}" for name, value in out.meta.items())
    if out.breadcrumb:
        yield "当前位置：" + " > ".join(out.breadcrumb)


def _yes(value: Any) -> str:
    return ("是" if value else "否") if isinstance(value, bool) else str(value)


def _column(out: Explained) -> Iterator[str]:
    column = out.column
    if column:
        name, source = column["name"] or "（无）", SOURCES.get(column["source"], column["source"])
        yield f"栏目：{name}（取自{source}），类型 {column['type']}（依据{SOURCES.get(column['type_by'], column['type_by'])}）"


def _facts(facts: list[Fact]) -> Iterator[str]:
    if facts:
        yield "读到的内容："
    for fact in facts:
        shown = "、".join(map(str, fact.value)) if isinstance(fact.value, list) else str(fact.value)
        raw = f"“{fact.raw}”" if fact.raw and fact.raw != shown else ""
        yield f"　{fact.field} = {shown}　[{SOURCES.get(fact.source, fact.source)}{raw}]" + (f"　{fact.locator}" if fact.locator else "")


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
        yield f"{own}：{block['title'] or '（无题）'}，{block['rows']} 行，其中有日期 {block['dated']} 行，位于 {block['region']}{head}"
    pager = out.pager
    if pager.get("pages") or pager.get("data") or pager.get("total") is not None or pager.get("number", 1) > 1:
        total = "未标明" if pager["total"] is None else f"{pager['total']} 条"
        yield f"翻页：第 {pager['number']} 页，另有 {len(pager['pages'])} 页，总数 {total}，数据接口 {len(pager['data'])} 个"
        yield from (f"　{url}" for url in [*pager["pages"][:3], *(url for url, _ in pager["data"][:3])])


def _rest(out: Explained) -> Iterator[str]:
    if out.needs_script:
        yield f"须渲染后再判断：{ {'list': '列表由脚本绘制', 'body': '正文由脚本绘制', 'marks': '页脚标识由脚本绘制'}.get(out.needs_script, out.needs_script) }"
    for row in out.records:
        also = f"（也可读作 {'、'.join(row['readable_as'])}，由栏目决定）" if row.get("readable_as") else ""
        yield f"记录：{row['kind']}　{row['title'] or ''}{also}"
    if out.notes:
        yield "附注：" + "，".join(f"{name}={value}" for name, value in out.notes.items())


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
        yield f"全站看：本页是栏目“{own['name']}”，类型 {own['type']}，第 {own['level']} 级，状态 {own['state']}，{own['items']} 条，最新 {own['newest_on'] or '无'}"
    else:
        yield f"全站看：属于栏目 {place['column'] or '（无）'}" + (f"，类型 {place['column_type']}" if place.get("column_type") else "")
    if place.get("list_date"):
        yield f"　列表所示日期 {place['list_date']}"
    for row in place["records"]:
        yield f"　最终记录：{row['kind']}　{row['title'] or ''}　{row['published_on'] or '无日期'}（{SOURCES.get(row['published_source'], '—')}）"
