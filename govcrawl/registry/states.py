"""Whether a site runs, is suspended or closed, as its registry says (状态), and on which days."""

from __future__ import annotations

from govcrawl.model.targets import NORMAL, Target

RUNNING = (
    NORMAL, "正常运行", "运行", "运行中", "正在运行", "在用", "使用中", "启用", "已启用", "在线", "上线", "已上线", "开通", "已开通", "normal",
)  # fmt: skip
CLOSED = (
    "关停", "已关停", "关闭", "已关闭", "注销", "已注销", "撤销", "永久下线", "停用", "已停用", "整合", "已整合", "关停并转", "closed",
)  # fmt: skip
SUSPENDED = (
    "临时下线", "下线", "暂停", "暂停运行", "临时关停", "维护", "维护中", "升级改版", "升级改造", "改版", "迁移", "迁移中", "suspended",
)  # fmt: skip


def is_skipped(target: Target, as_of: str) -> str | None:
    """Why a site is not inspected on a day (closed, or suspended within its period), Chinese; null when it is."""
    state = target.state.lower()
    if state in RUNNING:
        return None
    if target.state_from and as_of < target.state_from:
        return None
    if state in SUSPENDED and target.state_to and as_of > target.state_to:
        return None
    period = f"{target.state_from or ''}至{target.state_to or ''}".strip("至") if state in SUSPENDED else target.state_from
    details = [d for d in (period and (f"{period}起" if state in CLOSED else period), target.state_ground) if d]
    said = f"（{'，'.join(details)}）" if details else ""
    return f"名录登记为“{target.state}”{said}，不检查"


def downtime(target: Target) -> tuple[str, str] | None:
    """First and last day of a closure or suspension that the registry names; open ends are years 0000 and 9999. Null where it runs."""
    state = target.state.lower()
    if state in RUNNING:
        return None
    last = target.state_to if state in SUSPENDED else None
    return target.state_from or "0000-01-01", last or "9999-12-31"
