"""Errors that stop a piece of work because going on would be wrong. Messages are Chinese: users read them."""

from __future__ import annotations

import errno

_CAUSES = {
    errno.ENOSPC: "磁盘空间不足", errno.EDQUOT: "超出磁盘配额", errno.EROFS: "文件系统只读", errno.EACCES: "没有权限", errno.EPERM: "没有权限",
    errno.ENOENT: "文件或目录不存在", errno.EEXIST: "已有同名文件", errno.ENOTDIR: "上级不是目录", errno.EISDIR: "是目录，不是文件", errno.EIO: "磁盘读写错误",
    errno.ENAMETOOLONG: "名称过长", "SQLITE_FULL": "磁盘空间不足", "SQLITE_READONLY": "只读", "SQLITE_CANTOPEN": "无法打开文件",
    "SQLITE_BUSY": "正被另一进程使用", "SQLITE_LOCKED": "正被另一进程使用", "SQLITE_NOTADB": "不是 govcrawl 的存储文件", "SQLITE_CORRUPT": "文件已损坏",
    "SQLITE_IOERR": "磁盘读写错误",
}  # fmt: skip


def cause(error: BaseException) -> str:
    """Why reading or writing a file failed, as a user understands it; the system's own words where there are no better ones."""
    name = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])  # SQLITE_IOERR_WRITE is an SQLITE_IOERR
    known = _CAUSES.get(name) or _CAUSES.get(getattr(error, "errno", None) or 0)
    return known or getattr(error, "strerror", None) or str(error)


class GovcrawlError(Exception):
    """Base of all typed errors; `exit_code` is what a command ends with (see the command contract)."""

    exit_code = 1


class UsageError(GovcrawlError):
    """Raised when what the user asked for contradicts itself or a pinned run."""

    exit_code = 2


class BusyError(UsageError):
    """Raised when another process works on the same site of the workspace: later it can be done."""


class UnavailableError(GovcrawlError):
    """Raised when this version cannot do a kind of work."""


class RulebookError(GovcrawlError):
    """Raised when a rule, pack, label, lexicon, site or calendar file cannot be read strictly; names file and place."""

    exit_code = 2


class RegistryError(GovcrawlError):
    """Raised when a registry file as a whole cannot be read (a bad row is reported, not raised)."""

    exit_code = 2


class StoreError(GovcrawlError):
    """Raised when the store cannot be opened, or cannot write (disk full, read-only)."""


class FetchError(GovcrawlError):
    """Raised when the one page that was asked for could not be had."""

    exit_code = 4


class OutputError(GovcrawlError):
    """Raised when the output folder cannot be written."""


class InterruptedRunError(GovcrawlError):
    """Raised when Ctrl-C or SIGTERM stopped a run; the message says how to go on."""

    exit_code = 130
