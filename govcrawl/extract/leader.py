"""Leaders: pages of one leader, and cards or lists of several. A person's name is believed only beside a label or a post."""

from __future__ import annotations

import re
from typing import Any, cast

from govcrawl.extract import labelled, letters, nodes
from govcrawl.extract.labelled import Pair
from govcrawl.extract.nodes import Element
from govcrawl.extract.rows import filled, outer, row, vocabulary
from govcrawl.loaders import LeaderLoader
from govcrawl.model.facts import Context
from govcrawl.model.items import Leader
from govcrawl.page.document import Page
from govcrawl.text import normalise

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖涂代付闫覃仝苟亓岳帅缑亢况郈有琴商牟佘佴伯赏南宫墨哈谯笪年爱阳佟召巴楚洛沐兰覃植揭渠楼辜栗粟檀丛谌冼苑佟迟隋朴危修矫鹿尧"
_NAME = re.compile(
    rf"^(?:(?:[{_SURNAMES}]|欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|端木|夏侯)[\u4e00-\u9fa5]{{1,2}}|[\u4e00-\u9fa5]{{1,8}}(?:·[\u4e00-\u9fa5]{{1,8}}){{1,3}})$"
)
"""Matches `王小明`, `欧阳明`, `阿不都·热合曼`; not `工作分工` (工), `县长`."""
_SPACED = re.compile(r"^[\u4e00-\u9fa5][\s\u3000]+[\u4e00-\u9fa5]$")
"""Matches `李　明`."""
_POST = re.compile(
    r"(?:书记|县长|市长|区长|州长|省长|旗长|盟长|镇长|乡长|主任|局长|厅长|部长|处长|科长|组长|秘书长|主席|政委|院长|检察长|调研员|巡视员|党组成员|常委|委员|督学|总工程师|总经济师|总会计师|总规划师|队长|所长|站长|司令员?|参谋长|干部|负责人)(?:[、，, （(][^。；;]{0,40})?$"
)
"""Matches `县委副书记、县长`; not `领导简历`."""
_POST_THEN_NAME = re.compile(
    r"^(?P<post>[^：:。；;]{1,40}?(?:书记|长|主任|主席|委员|员))\s*[:： ]\s*(?P<name>[\u4e00-\u9fa5·\u3000 ]{2,12})$"
)
"""Matches `副县长：王小明`; not `工作分工：负责教育`."""
_GLUED = re.compile(
    r"^(?P<post>[\u4e00-\u9fa5、，]{0,30}?(?:书记|[县市区州省旗盟镇乡局厅部处科组院队所站]长|主任|秘书长|主席|政委))(?P<name>[\u4e00-\u9fa5]{2,4})$"
)
"""A post with the name right behind it: matches `县长王小明`; not `副县长`."""
_ABOUT = re.compile(r"(?:同志)?(?:的)?(?:个人|工作)?(?:简历|简介|介绍)$")
"""Cuts `简历` off the title `王小明简历`."""
_LIFE = re.compile(r"^(?P<name>[\u4e00-\u9fa5·]{2,12})[，,]\s*[男女][，,]")
"""The line a life begins with: matches `王小明，男，汉族，1975年3月生`; not `领导，男女`."""
_GROUP_TAGS = ("h2", "h3", "h4", "h5", "dt", "p", "div", "span", "strong", "b", "td", "th", "li")
_RESUME = re.compile(r"[男女]\s*[，,].{0,40}(?:[\u4e00-\u9fa5]族|出生|\d{4}年)|(?:19|20)\d{2}年\d{1,2}月(?:生|出生)|参加工作")
"""Matches `男，汉族，1975年3月生`; not `负责教育工作`."""
_LINK_RESUME = re.compile(r"简历|简介|履历")
_MOST = 60


def read(page: Page, ctx: Context) -> list[dict[str, Any]]:
    """The leaders of a page: several cards, or the one a page is about; none when no name stands beside a label or post."""
    if listed := _table(page):
        return [row(leader) for leader in listed[:_MOST]]
    pairs = labelled.read(page.body_tree, vocabulary("leader"), outer(page))
    names = [pair for pair in pairs if pair.key == "name" and labelled_name(pair.value)]
    if len(names) >= 2:
        found = _labelled_cards(page, pairs, names)
    elif names:
        found = [_one(page, pairs, labelled_name(names[0].value))]
    else:
        found = _cards(page) or _groups(page) or _single(page, pairs) or _by_life(page, pairs)
    several = len(found) > 1
    rows = []
    for leader in found[:_MOST]:
        leader.key = (leader.name or page.url) if several else page.url
        rows.append(row(leader))
    return rows


def _table(page: Page) -> list[Leader]:
    """A table with a header row 姓名 | 职务 | 简历 | 分工 and a leader a row; two leaders at least."""
    words = vocabulary("leader")
    found: dict[str, Leader] = {}
    for table in page.body_tree.iter("table"):
        rows = [[nodes.text(cell) for cell in line if cell.tag in nodes.CELLS] for line in table.iter("tr")]
        head = next((at for at, cells in enumerate(rows) if any(map(words.whole, cells))), len(rows))
        keys = [hit[0] if (hit := words.whole(cell)) else "" for cell in rows[head]] if head < len(rows) else []
        if len(keys) < 2 or "name" not in keys or not {"post", "resume"} & set(keys):
            continue
        for cells in rows[head + 1 :]:
            told = dict(zip(keys, cells, strict=False))
            if len(cells) == len(keys) and (name := labelled_name(told["name"])) and name not in found:
                post, resume = filled(told.get("post")), filled(told.get("resume"))
                found[name] = Leader(url=page.url, key=name, title=name, name=name, post=post, resume=resume)
    return list(found.values()) if len(found) >= 2 else []


def name_of(text: str) -> str | None:
    """A person's name of two to four characters, blanks inside dropped; null for anything else."""
    shown = text.strip().split("\n")[0].strip(" :：")
    plain = normalise.compact(shown) if _SPACED.match(shown) else normalise.squeeze(shown)
    return plain if _NAME.match(plain) and not _POST.search(plain) else None


def labelled_name(text: str) -> str | None:
    """A name under the label 姓名, where any surname is believed (`砚知秋`); null for `暂无`, a post, a sentence."""
    known = name_of(text)
    if known is not None:
        return known
    plain = normalise.compact(text.strip().split("\n")[0])
    return (
        plain
        if re.fullmatch(r"[\u4e00-\u9fa5]{2,4}", plain) and not _POST.search(plain) and filled(plain) and plain not in _NO_NAMES
        else None
    )


_NO_NAMES = frozenset({"姓名", "职务", "简历", "分工", "空缺", "待定", "暂缺", "无", "详情", "查看"})


def _labelled_cards(page: Page, pairs: list[Pair], names: list[Pair]) -> list[Leader]:
    boxes = letters.containers([pair.elements[0] for pair in names if pair.elements])
    if len(boxes) == len(names):
        return [
            _one(page, [p for p in pairs if p.elements and letters.inside(p.elements[0], box)], labelled_name(n.value))
            for box, n in zip(boxes, names, strict=True)
        ]
    found: list[Leader] = []
    for at, pair in enumerate(names):
        start = pairs.index(pair)
        stop = pairs.index(names[at + 1]) if at + 1 < len(names) else len(pairs)
        found.append(_one(page, pairs[start:stop], labelled_name(pair.value)))
    return found


def _one(page: Page, pairs: list[Pair], name: str | None) -> Leader:
    loader = LeaderLoader()
    loader.add_value("url", page.url)
    loader.add_value("title", [name, page.title])
    loader.add_value("name", name)
    for pair in pairs:
        if pair.key in ("post", "resume"):
            loader.add_value(pair.key, pair.value)
    return cast(Leader, loader.load_item())


def _single(page: Page, pairs: list[Pair]) -> list[Leader]:
    """A page about one leader without a label 姓名: title `王小明` or `县长 王小明`, or a heading of that form."""
    resume = labelled.first(pairs, "resume")
    body = page.main_text
    text = filled(resume.value) if resume is not None else (body if _RESUME.search(body) else None)
    for shown in filter(None, (page.title, *_headings(page))):
        post, name = split_post(shown)
        if name is not None and (text is not None or post is not None):
            labelled_post = labelled.first(pairs, "post")
            post = post or (filled(labelled_post.value) if labelled_post is not None else None) or _post_near(page, name)
            return [Leader(url=page.url, title=name, name=name, post=post, resume=text)]
    return []


def _headings(page: Page) -> list[str]:
    return [nodes.text(e) for e in page.body_tree.iter("h1", "h2", "h3", "h4") if page.region_of(e) == "body"][:6]


def split_post(shown: str) -> tuple[str | None, str | None]:
    """`副县长：王小明`, `王小明 副县长`, `王小明` → (post, name)."""
    plain = normalise.squeeze(shown)
    if (name := name_of(plain)) is not None:
        return None, name
    hit = _POST_THEN_NAME.match(plain) or _GLUED.match(plain)
    if hit is not None and (name := name_of(hit["name"])):
        return hit["post"], name
    if (bare := _ABOUT.sub("", plain)) != plain and (name := name_of(bare)) is not None:
        return None, name
    parts = plain.split(" ")
    if len(parts) == 2:
        for name_part, post_part in (parts, parts[::-1]):
            if (name := name_of(name_part)) and _POST.search(post_part):
                return post_part, name
    return None, None


def _post_near(page: Page, name: str) -> str | None:
    """The line under or over the name that is a post."""
    lines = page.visible_text("body").split("\n")
    for at, line in enumerate(lines[:60]):
        if normalise.compact(line) == name:
            for near in lines[at + 1 : at + 3] + lines[max(at - 1, 0) : at]:
                if len(near) <= 40 and _POST.search(near):
                    return near
    return None


def _cards(page: Page) -> list[Leader]:
    """Cards without labels: repeated elements that hold a name, a post beside it and perhaps a resume."""
    found: dict[str, Leader] = {}
    for element in page.body_tree.iter("a", "h3", "h4", "h5", "p", "span", "div", "dt", "strong", "b", "td", "li"):
        if len(element) and any(
            nodes.is_element(child) and child.tag not in ("br", "span", "b", "strong", "img", "font") for child in element
        ):
            continue
        shown = nodes.text(element)
        if not 2 <= len(shown) <= 48 or page.region_of(element) != "body":
            continue
        post, name = split_post(shown)
        if name is None or name in found:
            continue
        box = _card(element)
        post = post or _post_in(box, name)
        if post is None:
            continue
        found[name] = Leader(url=page.url, title=name, name=name, post=post, resume=_resume_in(box, name))
    return list(found.values()) if len(found) >= 2 else []


def _groups(page: Page) -> list[Leader]:
    """Names in lists under their common post: `<h3>副县长</h3><ul><li>李红</li><li>张大伟</li></ul>`, `副县长：李　红　张大伟`."""
    found: dict[str, Leader] = {}
    for element in page.body_tree.iter(*_GROUP_TAGS):
        shown = nodes.text(element) if len(element) <= 12 else ""
        if not 2 <= len(shown) <= 80 or not _POST_WORD.search(shown) or page.region_of(element) != "body":
            continue
        post, names = _post_and_names(element, shown)
        for name in names:
            found.setdefault(name, Leader(url=page.url, key=name, title=name, name=name, post=post))
    return list(found.values()) if len(found) >= 2 else []


_POST_WORD = re.compile(r"书记|长|主任|主席|委员|常委")


def _post_and_names(element: Element, shown: str) -> tuple[str, list[str]]:
    """A post and the names behind it on the line, or in the elements that follow up to the next heading of the kind."""
    head, colon, rest = normalise.squeeze(shown).replace(":", "：").partition("：")
    post = normalise.compact(head)
    if len(post) > 20 or not _POST.search(post):
        return "", []
    if rest:
        parts = _names_in(rest) if colon else []
        return post, parts
    following: list[str] = []
    for sibling in element.itersiblings():
        if not nodes.is_element(sibling):
            continue
        if sibling.tag == element.tag and sibling.get("class") == element.get("class"):
            break
        following += [name for line in _leaves(sibling) if (name := name_of(line)) is not None]
    return post, following


def _names_in(text: str) -> list[str]:
    """Names parted by blanks or `、`; [] when one part is no name (`李　红` is one name)."""
    joined = re.sub(r"(?<![\u4e00-\u9fa5])([\u4e00-\u9fa5])[ \u3000]+([\u4e00-\u9fa5])(?![\u4e00-\u9fa5])", r"\1\2", text.strip())
    parts = [part for part in re.split(r"[ \u3000、，,]+", joined) if part]
    names = [name_of(part) for part in parts]
    return [name for name in names if name is not None] if all(names) else []


def _leaves(element: Element) -> list[str]:
    """Texts of the elements below that hold no other element with text."""
    return [nodes.text(e) for e in element.iter() if nodes.is_element(e) and nodes.has_text(e) and not any(map(nodes.has_text, e))]


def _by_life(page: Page, pairs: list[Pair]) -> list[Leader]:
    """A page that names its leader only where the life begins: `王小明，男，汉族，1975年3月生`."""
    lines = page.visible_text("body").split("\n")
    lives = [(hit["name"], line) for line in lines if (hit := _LIFE.match(line)) and _RESUME.search(line)]
    names = {name for told, _ in lives if (name := name_of(told)) is not None}
    if len(names) != 1:
        return []
    name = names.pop()
    labelled_post = labelled.first(pairs, "post")
    post = (filled(labelled_post.value) if labelled_post is not None else None) or _post_near(page, name)
    return [Leader(url=page.url, title=name, name=name, post=post, resume="\n".join(line for _, line in lives))]


def _card(element: Element) -> Element:
    """The smallest element around a name that holds more than it, three levels at most, and no second name."""
    box = element
    own = nodes.text(element)
    for up in list(element.iterancestors())[:4]:
        if up.tag in ("body", "ul", "ol", "table", "tbody"):
            break
        others = [line for line in nodes.lines(up) if name_of(line) and name_of(line) != name_of(own)]
        if others:
            break
        box = up
        if up.tag in ("li", "tr", "dl"):
            break
    return box


def _post_in(box: Element, name: str) -> str | None:
    for line in nodes.lines(box):
        rest = line.replace(name, "", 1).strip(" :：") if line.startswith(name) or line.endswith(name) else line
        if 2 <= len(rest) <= 40 and _POST.search(rest):
            return rest
    return None


def _resume_in(box: Element, name: str) -> str | None:
    """Lines of a card that tell a life; of a table's row also those of the rows under it, up to the next leader's."""
    lines = [line for line in nodes.lines(box) if _RESUME.search(line)]
    for row_below in box.itersiblings("tr") if box.tag == "tr" and not lines else ():
        if any(name_of(nodes.text(cell)) not in (None, name) for cell in row_below.iter("td", "th", "b", "strong", "p")):
            break
        lines += [line for line in nodes.lines(row_below) if _RESUME.search(line)]
    return "\n".join(lines) or None
