"""Materials that a guide's text demands and its 办理材料 do not list.

Source: D14 内容准确 of 国办秘函〔2019〕19号 (信息与实际办事要求不一致). Only clear demands count: 提供, 提交, 携带 … with a paper of a known kind as
object, said to the applicant and without condition. Pure decisions over one record; `services` turns them into findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from govcrawl.checks.seen import folded, quote
from govcrawl.model.items import ServiceGuide
from govcrawl.text import normalise, similarity

_PLACES = ("申请条件", "办理流程", "办理地点", "收费标准")
"""Elements in which an applicant may be asked for a paper; 设定依据 quotes laws and asks for nothing."""
_VERB = re.compile(r"(?:提供|提交|携带|出示|交验|递交|报送)(?!的|过|了)")
"""matches `提交` of `须提交居住证`; not `提交的材料`."""
_OBJECT_END = re.compile(
    r"[，,。；;：:！!？?\n（(]|到(?=[^期])|至|后|并|向|前往|由|经|给|申请(?=办理|登记|变更)|办理|的(?:，|。|$)|进行|以供|用于|作为|即可|等(?:材料|资料|证明|证件|手续)|等"
)
"""Where what is asked for ends: matches `到` of `身份证到窗口办理`."""
_AND = re.compile(r"、|和|及(?!其)|与|以及|或者?|/")
_REFUSED = re.compile(
    r"(?:无需|不再|不需要?|无须|不必|免(?:于|予|除)?|可不|不用|未|没有|拒绝|不得要求|不要求|取消|勿|是否|能否|尚未|不能|无法)[^，。；,;\n]{0,6}$"
)
"""What stands before the verb when nothing is asked for: matches `无需`, `不再要求`, `未能`; not `须`."""
_APPLICANT = re.compile(
    r"^[\s\d.、（()）一二三四五六七八九十①-⑳]*(?:(?:由|请)?(?:申请人|申办人|申报人|申请单位|申请者|申领人|本人|当事人|办事人|办事群众|办理人|群众|您|企业|经营者|投资人|用人单位|参保人|个人|家长|监护人|双方|夫妻双方|男女双方)(?:本人|亲自|双方)?)?"
    r"(?:应当|应该|应|必须|须|需要|需|请|要|先|并|同时|还|一并|另|另外|如实|现场|当场|在线|网上|线上|首次|提前|准备好?|填写|填报|自行|按要求|按规定|一次性|主动|可|"
    r"(?:向|到|至|在|前往|通过|登录|凭|持|携|于)[^，,]{1,24}?(?=应当|应|须|需|请|$|窗口|上|内|网|局|中心|机关|部门|办|站|厅|所|会|证|簿|政府|平台|系统))*[^，,]{0,4}$"
)
"""A clause before the verb whose subject is the applicant, or that names none: matches `申请人应向县民政局`, `须`; not `登记机关应当`, `县残联`."""
_UNIT_ENDS = re.compile(r"(?:机关|部门|单位|窗口|人员|医院|银行|机构|委员会|大厅|系统|公司|学校|联|局|院|厅|所|站|办|会|处)$")
"""The subject is a unit that does something itself: matches `县残联`; asked only where nothing is turned to (`向`, `到`)."""
_TOWARDS = re.compile(r"(?:向|到|至|在|前往|通过|登录|于)[^，,]{1,24}$")
"""A unit to which one turns: matches `申请人向县民政局` before the verb; not `县民政局`."""
_CONDITION = re.compile(
    r"如(?:果|有|需|遇|系|为|属)|若|凡|委托|代办|代理|(?:以下|下列)(?:情形|情况)|(?:的|者|时|情形|情况)[，,][^。；;\n]{0,10}$|其中|可选|任选|之一|必要时|视情况|根据需要|有条件"
)
"""A demand that holds only for some: matches `委托他人办理的，`, `如有变更`; not `申请人应`."""
_AFTERWARDS = re.compile(r"领取|领证|取证|取件|取照|送达|领照|发证|核验身份|审核|审查|核对|批准后|办结|公示")
"""A step after the application, where a paper shows who one is: matches `凭证领取`; not `受理`."""
_QUOTED_LAW = re.compile(r"《[^《》]+》[^《》]{0,16}第[一二三四五六七八九十百零\d]+条")

_KIND = (
    "居民身份证|身份证|户口簿|户口本|结婚证|离婚证|居住证|房产证|房屋所有权证|不动产权证书?|不动产权属证书|土地使用证|营业执照|毕业证书?|学位证书?|残疾人?证|驾驶证|行驶证|"
    "出生医学证明|死亡证明|死亡医学证明|无犯罪记录证明|收入证明|居住证明|就业证明|失业证明|亲属关系证明|婚姻状况证明|体检证明|诊断证明书?|疾病诊断书|健康证明?|"
    "(?:租赁|租房|购房|劳动|买卖|聘用)合同|离婚协议书?|照片|相片|申请表|登记表|审批表|备案表|申报表|申请书|承诺书|委托书|授权书|介绍信|章程|验资报告|审计报告|体检报告|检测报告|评估报告|"
    "存折|银行卡|社保卡|社会保障卡|公证书|判决书|退役证|退休证|转业证|资格证书?|执业证书?|职称证书?|许可证|学籍证明|准生证|生育服务证|低保证|老年证|优待证|就业创业证"
)
_PAPER = re.compile(rf"(?:{_KIND})$")
_GENERIC = re.compile(
    r"^(?:相关|有关|其他|其它|必要|所需|全部|上述|以上|申请|证明|有效|各类|规定|齐全)(?:的)?(?:证明|证件|材料|表格|资料)?$"
)
_MODIFIER = re.compile(
    r"^(?:本人|双方|夫妻双方|申请人|当事人|经办人|法定代表人|负责人|监护人|父母|子女|产权人|户主|投资人|近期|有效|填写(?:完整|好)?|签字|盖章|加盖公章|真实|合法|完整|一份|两份|[一二两三\d]+(?:份|张|寸)|彩色|免冠|白底|蓝底|红底|纸质|齐全|相应|的|其|"
    r"原件|复印件|及|和)+"
)
_FORMAT = re.compile(
    r"(?:的?(?:原件|复印件|扫描件|电子版|影印件|正本|副本)(?:[及和与或、/](?:原件|复印件))*|各?[一二两三四\d]+(?:份|张))+$"
)
_FOLD: tuple[tuple[str, str], ...] = (
    (r"(?:中华人民共和国)?(?:居民|有效)?身份(?:证件|证明|凭证|证)(?:件)?|二代证|有效证件", "身份证"),
    (r"(?:居民|常住人口)?户口(?:本|簿|册|页|登记卡)|户籍(?:证明|簿|本)|户口本", "户口簿"),
    (r"不动产权(?:属)?证书?|不动产权|房屋(?:所有权|产权)证(?:书)?|房产证|房产(?:权属)?证明|房屋产权证明|产权证(?:书)?", "房产证"),
    (r"(?:工商)?营业执照|主体资格证明|统一社会信用代码证书?", "营业执照"),
    (r"相片|证件照|登记照|免冠照|照片", "照片"),
    (r"(?:授权)?委托(?:授权)?书|授权书|委托证明", "委托书"),
    (r"结婚证书?|婚姻(?:状况)?证明|结婚登记证", "结婚证"),
    (r"离婚证书?|离婚证件", "离婚证"),
    (r"毕业证书?|学历证(?:书|明)", "毕业证"),
    (r"学位证书?", "学位证"),
    (r"残疾人?证(?:书)?", "残疾证"),
    (r"(?:出生|死亡)(?:医学)?(?:证明|证)", "生死证明"),
    (r"(?:疾病)?诊断(?:证明书?|书|证明)", "诊断证明"),
    (r"健康(?:体检)?证明?|体检(?:证明|报告|表)", "体检表"),
    (r"(?:银行)?存折|银行卡|银行账户|银行账号|开户(?:许可证|行)", "银行卡"),
    (r"社会保障卡|社保卡", "社保卡"),
    (r"申请(?:书|表)|登记表|审批表|申报表|备案表", "申请表"),
    (r"资格证书?|执业证书?|职称证书?", "资格证"),
    (r"租赁合同|租房合同|租赁协议", "租赁合同"),
    (r"居住证明|居住证|暂住证", "居住证"),
)  # fmt: skip
_SYNONYMS = tuple((re.compile(pattern), name) for pattern, name in _FOLD)
_ELSEWHERE = re.compile(
    r"\[图片\]|详见|见附件|(?:其他|其它|相关|有关|必要)(?:的)?(?:证明)?(?:材料|资料|证明|证件|文件|手续)|证明材料|(?:合法|有效|规定)[^，。；\n]{0,6}证件"
)
"""What makes a list one that may hold more than it says: matches `详见附件`, `其他相关材料`; not `身份证`."""
_IN_A_FILE = re.compile(r"https?://|\.(?:docx?|xlsx?|pdf|wps|ofd|zip|rar)\b|点击|^附件|清单$|目录$")
"""A material that is the list itself, kept in a file: matches `材料清单.doc`; not `申请表`."""
_ALIKE = 0.7
_MOST = 6
_LONGEST_CLAUSE = 60


@dataclass(slots=True, frozen=True)
class Demand:
    """One paper that the text asks for."""

    material: str
    """As printed: `居住证`."""
    place: str
    """Element or label in which the sentence stands."""
    sentence: str


def unlisted(guide: ServiceGuide, notes: Mapping[str, str], *, blank: bool = False) -> list[Demand]:
    """Papers that the text demands and the 办理材料 do not list, in the text's order; [] where the list may hold more than it says.

    `notes` are other parts of the page that address the applicant (注意事项, 温馨提示 …). `blank`: the label 办理材料 stands there with nothing
    behind it.
    """
    shown = guide.elements.get("办理材料") or ""
    names = [str(material.get("name") or "") for material in guide.materials]
    if not shown and not names and not blank:
        return []
    listed = "\n".join([shown, *names])
    if _ELSEWHERE.search(listed) or any(map(_IN_A_FILE.search, names or [shown])):
        return []
    known = fold(listed)
    found: dict[str, Demand] = {}
    for place, text in (*((name, guide.elements.get(name) or "") for name in _PLACES), *notes.items()):
        for demand in demands(place, text):
            name = fold(demand.material)
            if name not in known and not any(_same(name, fold(other)) for other in names):
                found.setdefault(name, demand)
    return list(found.values())[:_MOST]


def demands(place: str, text: str) -> Iterator[Demand]:
    """Papers that sentences of a text demand of every applicant."""
    for sentence in re.split(r"[。；;！\n]", folded(text)):
        if _QUOTED_LAW.search(sentence):
            continue
        for verb in _VERB.finditer(sentence):
            before = sentence[: verb.start()]
            clause = re.split(r"[，,：:→—>＞]", before)[-1].strip()
            behind = sentence[verb.end() :]
            others = not _APPLICANT.match(clause) or (_UNIT_ENDS.search(clause) and not _TOWARDS.search(clause))
            step = before + re.split(r"[，,]", behind)[0]
            others = others or len(clause) > _LONGEST_CLAUSE
            if others or _REFUSED.search(clause) or _CONDITION.search(before) or _AFTERWARDS.search(step):
                continue
            end = _OBJECT_END.search(behind)
            for part in _AND.split(behind[: end.start()] if end else behind):
                if (name := paper(part)) is not None:
                    at = verb.end() + behind.find(part)
                    yield Demand(name, place, quote(sentence, verb.start(), at + len(part)))


def paper(words: str) -> str | None:
    """The paper that a piece of a sentence names, without owner, number and format (`本人居民身份证原件` → `居民身份证`); null for anything else."""
    plain = normalise.compact(words).strip("《》“”\"'的")
    plain = _FORMAT.sub("", plain).strip("《》的")
    bare = _MODIFIER.sub("", plain)
    if len(bare) < 2 or len(bare) > 20 or _GENERIC.match(bare) or not _PAPER.search(bare):
        return None
    return bare


def fold(text: str) -> str:
    """Text in which one paper has one name: 居民身份证, 有效身份证件 → 身份证; 户口本 → 户口簿."""
    plain = normalise.compact(text)
    for pattern, name in _SYNONYMS:
        plain = pattern.sub(name, plain)
    return plain


def _same(one: str, other: str) -> bool:
    """May two folded names mean the same paper: `离婚登记申请表` and `申请表`, `公司章程` and `章程`?"""
    return bool(other) and (one in other or (len(other) >= 3 and other in one) or similarity.ratio(one, other) >= _ALIKE)
