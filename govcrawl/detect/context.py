"""Whose number is it: the label before it, its column, the line it stands in. Decides finding, doubt, or nothing.

Source of the word lists: notices on personal data in 公示公告, 办事样表 and 留言; measured on official pages and citizens' letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from govcrawl.text.normalise import even

LABEL_WINDOW = 24
_BEFORE, _AFTER = 90, 30
_HEADER_LINES = 60

IDENTITY = re.compile(r"身份证|公民身份|身份号码|身份证件|证件号|证件编号|残疾证|残疾人证|残疾人号")  # matches "身份证号：", not "证书编号"
CARD = re.compile(r"银行卡|一卡通|卡号|社保卡|存折|打卡账号|银行账[号户]|银行帐[号户]|账号|帐号|账户")  # matches "一卡通账号", not "卡片"
PERSONAL_CARD = re.compile(r"银行卡|一卡通|社保卡|存折|打卡|个人账|个人帐")  # matches "惠农一卡通", not "单位账号"
_PERSON = re.compile(
    r"姓名|户主|申请人|申报人|本人|村民|居民|家属|家长|监护人|法定监护|身份证|住址|家住|家庭|来信人|投诉人|反映人|举报人|信访人|考生|学生|患者|残疾人|低保|五保|"
    r"特困|贫困|脱贫户|农户|受益人|收款人|领取人|领款人|死者|当事人|我的电话|我的手机|我电话|我手机|我的号码|请回电|请联系我"
)
"""A private person is spoken of: matches "户主姓名", not "联系人"."""
_PUBLIC = re.compile(
    r"值班|值守|热线|举报电话|举报方式|监督|办公电话|办公室|服务电话|咨询|传真|客服|报名电话|报名方式|采购人|采购单位|代理机构|招标人|招标单位|项目联系|联系人|联络人|经办人|负责人|"
    r"受理电话|投诉电话|网格员|网格长|河长|林长|路长|田长|湖长|包保|责任人|管护员|救援|急救|接待|预约电话|维修电话|抢修|联系单位|主办单位|承办单位|客运|驻村|对接人|店|致电|拨打|垂询|异议|反映情况|反映问题|(?:向|到)[^，。；]{2,14}反映|来电来访"
)
"""A number given out for the public's use: matches "咨询电话", "项目联系人"; not "联系电话"."""
_BIDDING = re.compile(r"招标|采购|中标|成交|投标|代理|供应商|比选|询价|竞价|拍卖|招租")  # matches "招标代理机构", not "代表"
_LAWFUL = re.compile(r"行政处罚|失信被执行人|悬赏|通缉|限制消费|惩戒")  # matches "行政处罚决定书", not "处理意见"
_DIRECTORY = re.compile(
    r"职务|科室|值班|岗位|河长|林长|网格|服务范围|营业|站点|网点|机构名称|救助站|单位电话|办公"
)  # matches "姓名 职务 联系电话", not "姓名 身份证号"
_NEGATIVE = re.compile(
    r"(?:(?:订单|流水|发票|编号|编码|代码|单号|文号|索引|批号|标识码|准考证|考号|报名序号|条码|ISBN|凭证|学号|工号|序列号|设备号|登记号|注册号|证书号|宗地|车架|发动机|行号|联行|税号|图号)"
    r"[^0-9\n，。；,;]{0,8}"
    r"|(?:案件|项目|型号|校验|坐标|版本|受理|回执|许可证|备案|执照|证书|合同|地块|不动产权?证?|房产证|土地证|物料|组织机构|QQ群?|微信|公众号|ID|IP|报告|样品|批次|货号|档案|馆藏|权证|区划)[号码编:：#（()）\s为是]{0,6})$",
    re.IGNORECASE,
)
"""Directly before the number, which then is no personal one: matches "订单编号：", "合同号："; not "身份证号：", not "签订合同 王某 "."""
_OWN_KIND = re.compile(r"手机|电话|联系方式")  # "手机（微信同号）：" is a mobile number after all; not "微信号"
_SAMPLE = re.compile(r"(?:示例|样例|范例|例如|举例|样式|模拟|虚构|虚拟)[^0-9\n，。；]{0,6}$")  # matches "示例：", not "样表，身份证号"
_UNIT_ACCOUNT = re.compile(
    r"公司|[局院]|中心|政府|专户|财政|财务|医院|学校|大学|中学|小学|总会|工会|[村居]委会|委员会|协会|基金会|合作社|法院|税务|保证金|对公|基本户|国库|支付"
)
"""The holder is a body: matches "户名：清河县财政局", not "户名：王某"."""
_HOLDER = re.compile(r"户名|收款|开户|账户名|帐户名|开户名|汇入|缴入|缴款|缴费")  # matches "开户行：", not "农户"
_PRIVATE_TABLE = re.compile(
    r"身份证|证件号|户主|住址|家庭|申请人|申报人|监护人|家长|学生|考生|患者|残疾|低保|五保|特困|贫困|脱贫|农户|村民|居民|受益人|领取人|领款人|补贴对象|一卡通|应征|参保"
)
"""A table of private persons whatever else it holds: matches "户主姓名 联系电话", not "姓名 职务 电话"."""
_BODY = re.compile(
    r"企业|公司|单位|机构|商户|合作社|药店|门店|网点|学校|项目|名称"
)  # the row is about a body: matches "企业名称 法人姓名 电话", not "姓名 电话"
_COLUMN = re.compile(
    r"序号|姓名|户主|性别|年龄|身份证|证件号|联系电话|联系方式|手机|电话|住址|地址|村组|银行|账号|卡号|金额|备注|单位|职务|科室|部门|出生|学历|岗位"
)
_CELL = re.compile(rf"(?:{_COLUMN.pattern})[^0-9，。；\s]{{0,6}}")  # fullmatch of "身份证号码", not of "单位 职务"


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around one number: label text before it, its whole line, its column's header."""

    label: str
    line: str
    header: str
    far: str
    column: str = ""
    """The cell's own column, where the table's structure is known."""

    @property
    def labelled(self) -> str:
        """Label and header together: where the kind of number is told."""
        return f"{self.header} {self.label}"

    def is_sample(self) -> bool:
        return bool(_SAMPLE.search(self.label))

    def is_other_number(self) -> bool:
        """True where the label directly before names another kind of number (订单编号, 信用代码)."""
        told = self.column + "：" if self.column and not _NEGATIVE.search(self.label) else self.label
        return bool(_NEGATIVE.search(told)) and not IDENTITY.search(told[-12:]) and not _OWN_KIND.search(told[-12:])

    def is_lawful_disclosure(self) -> bool:
        return bool(_LAWFUL.search(self.far) or _LAWFUL.search(self.line))

    def of_unit(self) -> bool:
        """A body's bank account: the holder's or payee's name nearby is no person's, or the table's rows are bodies."""
        near = self.far[-60:] + self.line[-60:]
        if _HOLDER.search(near) and _UNIT_ACCOUNT.search(near):
            return True
        return bool(_BODY.search(self.header)) and not (_PRIVATE_TABLE.search(self.header) or "姓名" in self.header)

    def person(self) -> bool:
        """Line, label or column speak of a private person, or the table is one of private persons."""
        if _PERSON.search(self.line) or _PERSON.search(self.label) or _PERSON.search(self.column) or _PRIVATE_TABLE.search(self.header):
            return True
        return "姓名" in self.header and not _BODY.search(self.header)

    def public_role(self) -> bool:
        """The nearest telling word names a public role, or the row belongs to a directory of staff, or the text to a tender."""
        if IDENTITY.search(self.line) or IDENTITY.search(self.header):
            return False
        if _PUBLIC.search(self.column):
            return True
        told = [(m.end(), True) for m in _PUBLIC.finditer(self.label)] + [(m.end(), False) for m in _PERSON.finditer(self.label)]
        if told:
            return max(told)[1]
        if self.header:
            return bool(_DIRECTORY.search(self.header) or _PUBLIC.search(self.header)) and not _PRIVATE_TABLE.search(self.header)
        return bool(_BIDDING.search(self.far) or _PUBLIC.search(self.line))


def around(text: str, start: int, end: int, place: str, table: str = "") -> Around:
    """Context of text[start:end].

    A table cell's own header comes with `place` (`table:身份证号`), those of its whole table with `table`; else the header line above is looked for.
    """
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    label_start = line_start
    if not text[line_start:start].strip() and line_start:
        # A label on a line of its own: "联系电话：\n139…".
        label_start = text.rfind("\n", 0, line_start - 1) + 1
    column = even(place.removeprefix("table:")) if place.startswith("table:") else ""
    header = even(table) or column or even(_header(text, line_start))
    return Around(
        label=even(text[max(label_start, start - LABEL_WINDOW) : start]),
        line=even(text[max(label_start, start - _BEFORE) : min(line_end, end + _AFTER)]),
        header=header,
        far=even(text[max(0, start - _BEFORE) : start]),
        column=column,
    )


def _header(text: str, line_start: int) -> str:
    """Nearest line above with at least two column words and no long number; or a block of lines that are one column word each."""
    lines = text[max(0, line_start - 6000) : line_start].split("\n")[-_HEADER_LINES - 1 : -1]
    block: list[str] = []
    for line in reversed(lines):
        words = line.strip()
        if _CELL.fullmatch(words):
            block.append(words)
            continue
        if len(block) >= 2:
            break
        block = []
        if len(words) <= 120 and len(set(_COLUMN.findall(words))) >= 2 and not re.search(r"[0-9０-９]{5}|[。；]|[:：].*[:：]", words):
            return words
    return " ".join(reversed(block)) if len(block) >= 2 else ""
