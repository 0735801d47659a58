"""Evidence in words: what a finding's `evidence` says, as a Chinese reader of the report wants it."""

from __future__ import annotations

import re
from typing import Any

from govcrawl.checks.base import REASON_TEXT
from govcrawl.page import answers
from govcrawl.report import places

WHAT: dict[str, str] = {
    "GET": "访问", "POST": "提交", "item": "稿件", "searched": "查找过", "window": "时限", "place": "位置", "hit": "检出", "column": "栏目",
    "control": "对照访问", "shown": "页面所示", "document": "文件", "working_days": "工作日", "labels": "标签", "meta": "页面标签", "newest": "最新",
    "interpretation": "解读", "survey": "征集", "dates": "日期", "doc_number": "发文字号", "text": "文字", "blocked": "被拦截", "groups": "分组",
    "abolished_by": "废止依据", "own_term": "自定期限", "material": "材料", "stub": "页面所示", "similarity": "相似度", "message": "留言",
    "reply": "答复", "entry": "入口", "mark": "标识", "address": "网址", "names": "名称", "list_entry": "列表条目",
    "visits": "拨测", "approved": "已批准下线", "left_out": "不计入", "probe_place": "拨测点", "family": "地址类型", "gap": "间断",
    "ground": "依据", "fetched": "取得", "draw": "抽样", "range": "检查范围", "page_one": "列表第一页", "imported": "其他工具导入", "subtree": "本栏目及下级栏目",
}  # fmt: skip
KEYS: dict[str, str] = {
    "url": "地址", "day": "日期", "date": "日期", "working": "工作日", "n": "累计", "source": "来源", "status": "应答", "at": "时间",
    "address": "网络地址", "look": "第几次", "asked_on": "留言时间", "days": "天数", "labels": "标签", "title": "标题", "region": "区域",
    "quote": "原文", "from": "起", "to": "止", "columns": "栏目", "pages": "页面数", "limit": "时限", "entry": "词条", "error": "错误",
    "shown": "页面所示", "lists": "列表", "items": "条数", "tag": "元素", "anchor": "链接文字", "replied_on": "答复时间", "places": "位置",
    "place": "位置", "locator": "定位", "fetched_at": "读取时间", "rendered": "经渲染", "children": "下级栏目", "target": "目标", "kind": "类别",
    "found": "查到", "judged": "已查", "elements": "要素", "published_on": "发布日期", "issued_on": "成文日期", "mark": "标识", "counted_to": "计至",
    "working_days": "工作日数", "official_through": "官方放假安排截至", "provisional": "暂按", "type": "类型", "types_shown": "显示类型",
    "columns_total": "栏目总数", "navigation": "导航", "visible": "页面日期", "replier": "答复单位", "page": "页面", "after_script": "脚本执行后",
    "name": "名称", "newest_on": "最新日期", "listed_on": "列表日期", "opened_on": "开始日期", "closed_on": "结束日期", "feedback_on": "反馈日期",
    "results_on_site": "站内结果稿件", "list": "列表", "meta": "页面标签日期", "fetched": "读取日期", "days_apart": "相差天数", "raw": "原文",
    "deviations": "偏差", "explained": "说明", "validity": "有效性", "href": "链接", "issuer": "发文机关", "interpretations": "解读数",
    "list_titles": "列表标题数", "doc_number": "发文字号", "own_code": "本站标识码", "sure": "已确认", "names": "名称", "count": "个数", "known": "已知页面",
    "meta_pubdate": "PubDate", "list_date": "列表日期", "guesses": "推测日期", "also": "另查", "ends_on": "到期日", "things": "事项", "gone": "已失效页面",
    "form": "形式", "copies": "份数", "required": "是否必要", "text": "文字", "element": "要素", "share": "相似度", "floor": "下限",
    "location": "跳转到", "as_of": "监测时间点", "rank": "序", "reply": "答复", "code": "标识码", "observed": "实际", "asked": "访问", "header": "页头",
    "organizer": "主办单位", "milliseconds": "毫秒", "label": "标签", "value": "值", "control": "对照访问", "what": "方式", "number": "编号",
    "channel": "渠道", "unread": "未读页面", "reason": "原因", "subject": "主题", "replied": "已答复", "received": "收到", "handled": "办理",
    "law": "法规", "article": "条款", "parent": "上级页面", "missing": "缺少", "key": "键", "where": "位置", "fields_absent": "缺少字段", "day_of_reply": "答复日",
    "sentence": "条文", "basis": "文件", "our_address": "本机地址", "user_agent": "访问标识", "via": "经代理", "snapshot": "留存原文（含应答头）", "warc": "文件",
    "offset": "起始字节", "sha256": "sha256", "seed": "抽样种子", "candidates": "可抽对象", "size": "抽取", "drawn": "抽中", "chosen": "本对象被抽中", "read": "已读页面",
    "unread_files": "未读附件", "addresses": "解析到", "resolved": "域名解析", "rows": "各条", "reasons": "未读原因",
    "visits": "有效访问", "failed": "打不开", "doubtful": "存疑", "ground": "批准文号", "probe_place": "拨测点", "family": "地址类型",
    "outcomes": "结果", "hours": "小时",
    "item": "对应稿件", "state": "结果页", "first": "前几条结果", "groups": "分类", "words": "页面提示", "file": "文件名", "row": "行", "unread_pages": "未读页面举例", "dates": "各栏目最新日期",
}  # fmt: skip
_HIDDEN = ("entry", "deviations")
"""Names of ours; `explained` says the same in words."""
_KEYS_OF = {
    ("message", "status"): "办理状态",
    ("stub", "listed_on"): "所在列表",
    ("searched", "listed_on"): "所在列表",
    ("reply", "rank"): "",
}
"""(row, key) → its name, where the key means another thing in that row; "" where it says nothing to a reader."""
_WORDS: dict[str, dict[str, str]] = {
    "region": {**places.REGIONS, "DOM": "页面结构"},
    "tag": places.TAGS,
    "source": {
        "visible": "页面", "list": "列表", "meta": "页面标签", "path": "网址", "guess": "推测", "asked_on": "留言时间", "heard": "数据接口", "issued_on": "成文日期",
    },
    "page": {"content": "内容页", "column": "栏目页", "site": "网站标签"},
    "state": {
        "results": "列出结果", "nothing": "没有结果", "broken": "功能异常", "guarded": "要求验证", "unclear": "无法判断",
    },
    "family": {"ipv4": "IPv4", "ipv6": "IPv6", "proxy": "经代理"},
    "error": answers.IN_PRINT,
    "reason": REASON_TEXT,
}  # fmt: skip
"""Key → our words under it and how they are said. Under any other key stands what a page says, and is left alone."""
_UNKNOWN_NAME = re.compile(r"not known|No address associated|nodename nor servname|No such host|has no usable address", re.I)
"""What resolvers say of a name that there is not: matches "[Errno -2] Name or service not known", not "Temporary failure in name resolution"."""


def in_words(entry: dict[str, Any]) -> str:
    """One line for one entry: `访问：地址 http://…；应答 404；时间 2026-11-16 08:00:00`."""
    what = str(entry.get("what") or "")
    rest = "；".join(part for name, value in entry.items() if name != "what" and (part := _pair(what, name, value)))
    return f"{WHAT.get(what, what)}：{rest}" if what else rest


def _pair(what: str, name: str, value: Any) -> str:
    said = "" if name in _HIDDEN else _KEYS_OF.get((what, name), KEYS.get(name, name))
    text = _text(what, name, value) if said else ""
    return f"{said} {text}" if text else ""


def _text(what: str, name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return _of_dict(what, name, value)
    if isinstance(value, list):
        return "、".join(dict.fromkeys(text for inner in value[:40] if (text := _one(what, name, inner)))) + (
            "……" if len(value) > 40 else ""
        )
    return _word(name, str(value))


def _one(what: str, name: str, value: Any) -> str:
    """One of several: what has parts of its own stands in brackets."""
    text = _text(what, name, value)
    return f"（{text.replace('；', '，')}）" if "；" in text and isinstance(value, dict) else text


def _of_dict(what: str, name: str, value: dict[str, Any]) -> str:
    if set(value) == {"day", "working", "n"}:  # a long row of days reads better short
        return f"{value['day']} {'第 ' + str(value['n']) + ' 个工作日' if value['working'] else '休息日'}"
    if name == "shown":  # our field → the label that the page gives it: worth a word only where it is another one
        return "、".join(f"{said}写作“{label}”" for key, label in value.items() if label and label != (said := KEYS.get(key, key)))
    return "；".join(part for key, inner in value.items() if (part := _pair(what, key, inner)))


def _word(name: str, text: str) -> str:
    """One value as it is said: times without their zone, our own words in Chinese, a path for programs as what it leads to."""
    if len(text) == 25 and text.endswith("+08:00"):
        return text.replace("T", " ").removesuffix("+08:00")
    if name == "locator":
        said = places.of_locator(text)
        return f"{said}（{text}）" if said and places.is_path(text) else said or text
    if name in ("place", "places"):
        return places.of_part(text) or text
    if name == "error" and text not in answers.IN_PRINT and text.isascii():
        return f"{'查无此域名' if _UNKNOWN_NAME.search(text) else '系统提示'}（{text}）"
    return _WORDS.get(name, {}).get(text, text)
