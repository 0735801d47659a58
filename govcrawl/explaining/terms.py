"""What our names are called in Chinese."""

from __future__ import annotations

from typing import Any

from govcrawl import health, rulebook

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
LABELS = {"policy": "政策文件", "guide": "办事指南", "message": "留言", "consultation": "征集", "leader": "领导"}
SIGNS = {
    "rows": "最长列表的行数", "dated": "带日期的行", "titled": "有标题的行", "plain": "正文链接外字数", "media": "正文图片视频附件", "has_pager": "有翻页",
}  # fmt: skip
SCRIPTED = {"list": "列表由脚本绘制", "body": "正文由脚本绘制", "marks": "页脚标识由脚本绘制"}
REGIONS = {"body": "正文区", "header": "页头", "footer": "页脚", "nav": "导航", "aside": "侧栏"}
STATES = {
    "live": "正常", "blank": "空白", "link_only": "只有外链", "parent": "只有下级栏目", "static": "静态内容", "archived": "已归档", "maintenance": "维护中",
    "blocked": "被拦截", "unread": "未读取",
}  # fmt: skip
FORMATS = {
    "pdf": "PDF 文件", "ofd": "OFD 文件", "doc": "Word 文档", "docx": "Word 文档", "rtf": "RTF 文档", "xls": "Excel 表格", "xlsx": "Excel 表格", "ppt": "PPT 演示文稿",
    "pptx": "PPT 演示文稿", "csv": "文本表格", "txt": "纯文本", "xml": "XML 文件", "html": "网页", "mhtml": "网页存档（mhtml）", "zip": "zip 压缩包", "rar": "rar 压缩包",
    "7z": "7z 压缩包", "picture": "图片", "media": "音视频",
}  # fmt: skip
NOTES = {
    "unreadable": "未能完整解析", "maintenance": "维护提示", "blank": "空白提示", "shows": "没有列表而有", "nothing_new": "无更新的说明", "archived": "已归档",
    "search": "站内检索", "frame": "内嵌页面", "only_links": "仅有的链接", "canonical": "自称的网址", "refresh": "自动跳转到", "no_letters": "写明没有来信",
    "board_types_shown": "显示留言类型", "message_statistics": "留言统计", "service_statistics": "办事统计", "service_groups": "办事分类", "unlinked_items": "没有链接的事项",
    "heard": "脚本取的数据", "next": "下一批数据", "documents": "数据中的文件", "external": "外部", "pipeline_failed": "处理中断",
}  # fmt: skip
_RECORDS = {"interpretation": "解读", "consultation": "征集调查", "leader": "领导", "attachment": "附件", "site": "网站", "probe": "拨测"}
_FIELDS = {
    "index_number": "索引号", "doc_number": "发文字号", "doc_number_raw": "发文字号（原样）", "issuer": "发文机关", "unit": "责任单位", "issued_on": "成文日期",
    "sent_on": "发文日期", "unified_number": "统一编号", "topic": "主题分类", "genre": "体裁", "validity": "有效性", "openness": "公开方式", "openness_scope": "公开范围",
    "effective_on": "实施日期", "expires_on": "失效日期", "subject_words": "主题词", "summary": "内容概述", "interpretations": "相关解读", "attachments": "附件",
    "source": "来源", "author": "作者", "views": "浏览次数及页面工具", "documents": "所解读的文件", "form": "解读形式", "number": "编号", "subject": "主题", "type": "类型",
    "reply": "答复内容", "replied_on": "答复时间", "accepted_on": "受理时间", "listed_on": "公开时间", "replier": "答复单位", "reply_working_days": "答复用时（工作日）",
    "channel": "渠道", "writer": "留言人", "status": "状态", "elements": "要素", "missing": "缺少的要素", "materials": "办理材料", "forms": "表格",
    "legal_basis": "设定依据", "opened_on": "开始日期", "closed_on": "结束日期", "period": "时期", "feedback": "结果反馈", "feedback_on": "反馈日期",
    "feedback_count": "意见数", "organizer": "主办单位", "post": "职务", "resume": "简历", "duties": "分工", "site_code": "网站标识码", "icp_number": "ICP备案编号",
    "police_number": "公安机关备案标识", "institution_badge": "党政机关网站标识", "other": "其他", "name": "姓名或名称", "law": "法规", "article": "条款", "url": "网址",
    "copies": "份数", "required": "是否必要", "text": "文字", "chart": "图表图解", "audio": "音频", "video": "视频", "animation": "动漫", "press_conference": "新闻发布会",
    "qa": "问答", "received": "收到", "handled": "办结", "average": "平均用时", "period_end": "截至", "newest_on": "最新日期", "method": "提交方式", "parameter": "参数", "fixed": "固定参数", "charset": "编码",
    "locator": "位置", "tail": "后缀", "longest": "最多字数", "frame": "内嵌页面", "picture": "图片", "file": "文件", "link": "链接",
}  # fmt: skip


def record(kind: str) -> str:
    """A kind of record: `policy_document` → 政策文件."""
    return _RECORDS.get(kind) or health.TITLES.get(kind, kind)


def field(name: str) -> str:
    """A field of a record or a key of a label file; a key that is Chinese already stays, what is not known here is shown as it is."""
    return _FIELDS.get(name) or health.TITLES.get(name, name)


def value(found: Any) -> str:
    """A value as a reader takes it in: lists with 、, pairs with names, nothing of what is empty."""
    if isinstance(found, bool):
        return "是" if found else "否"
    if isinstance(found, dict):
        return "，".join(f"{field(name)}：{value(inner)}" for name, inner in found.items() if inner not in (None, "", [], {}))
    if isinstance(found, list | tuple):
        nested = any(isinstance(one, dict | list | tuple) for one in found)
        return ("；" if nested else "、").join(value(one) for one in found if one not in (None, "", [], {}))
    return str(found)


def label_keys() -> dict[str, list[str]]:
    """Label file → its keys."""
    return {name: list(rulebook.labels(name)) for name in LABELS}
