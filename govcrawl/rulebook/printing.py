"""The catalogue as a document: `rules/README.md` is generated, so that what is read is what is run."""

from __future__ import annotations

from govcrawl.rulebook import catalogue
from govcrawl.rulebook.models import Rule

_OUTCOMES = {"fail": "问题", "needs_review": "疑似问题（待核实）", "not_checked": "未检查"}
OBJECTS = {
    "site": "网站", "column": "栏目", "page": "页面", "message": "留言", "guide": "办事指南", "attachment": "附件", "account": "新媒体账号",
}  # fmt: skip

_HEAD = """# 检查规则目录

本文件由 `govcrawl rules catalogue` 根据 `catalogue/*.yml` 生成，请改规则文件，不要改本文件。

| 目录 | 内容 |
|---|---|
| `catalogue/` | 规则：查什么、怎么说、要求怎样整改、依据、默认参数 |
| `packs/` | 指标版本：分值、上限、阈值、规则归入哪项指标 |
| `labels/` | 标签的各种叫法（索引号、信息索引号 …） |
| `lexicons/` | 词表：每条带必须命中和不得命中的例句 |
| `calendars/` | 放假通知的补充录入 |
| `sites/` | 个别网站的特殊情况，文件名为网站域名 |

规则只说“哪里不对”，不说扣多少分；分值在指标版本里。指标版本可以改参数，不能改规则名称。
“未检查”不扣分，也不算合格；尚未提供的规则在结果中一律为“未检查”。
YAML 中的编码、时间、日期要加英文引号：`"0755"`、`"12:30"`、`"yes"`、`"2026-11-05"`。`rules check` 检查全部文件。
"""


def catalogue_markdown() -> str:
    """All rules, one table a file, built or not."""
    parts = [_HEAD]
    count = 0
    for name, file in catalogue():
        count += len(file.rules)
        parts.append(f"\n## {file.title}（`catalogue/{name}`）\n")
        parts.append("| 规则 | 名称 | 对象 | 结论 | 表述 | 整改要求 | 依据 | 默认参数 |\n|---|---|---|---|---|---|---|---|")
        parts += [_row(rule) for rule in file.rules]
    parts.append(f"\n共 {count} 条规则。\n")
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    outcome = _OUTCOMES[rule.outcome] if rule.built else "尚未提供"
    params = "，".join(f"{key}={_short(value)}" for key, value in rule.params.items())
    cells = (f"`{rule.id}`", rule.title, OBJECTS[rule.object], outcome, rule.message, rule.remedy, rule.basis, params)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _short(value: object) -> str:
    """Lists and mappings are told by their size: the file itself is the place to read them."""
    return f"〔{len(value)} 项〕" if isinstance(value, (list, dict)) else f"`{value}`"
