"""A synthetic government site of about 20,000 pages of 40 KB in four templates, written as static files."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

COLUMNS = (
    "工作动态", "要闻", "通知公告", "政策文件", "政策解读", "部门动态", "乡镇动态", "公示公告", "规划计划", "财政信息", "人事信息", "统计数据",
    "重点项目", "教育信息", "医疗卫生", "社会救助", "环境保护", "安全生产", "招标采购", "回应关切",
)  # fmt: skip
_SUBJECTS = ("全县", "各乡镇", "县直各部门", "有关单位", "各学校", "县发展和改革局", "县教育局", "县民政局", "县水利局", "县农业农村局")
_VERBS = ("召开", "组织开展", "认真落实", "统筹推进", "全面加强", "研究部署", "扎实做好", "督促检查", "持续优化", "规范完善")
_OBJECTS = (
    "安全生产工作", "营商环境建设", "基层治理能力提升", "城乡环境整治", "防汛抗旱准备", "重点项目建设", "民生实事办理", "政务公开工作",
    "义务教育均衡发展", "医疗保障服务", "农村道路养护", "就业创业服务", "社会救助核查", "食品安全检查", "数字政府建设",
)  # fmt: skip
_ENDS = ("取得阶段性成效", "并提出下一步要求", "确保任务按期完成", "切实维护群众利益", "有关情况已向社会公开", "各项指标稳步提升")
NEWEST = date(2026, 11, 13)


def sentence(rng: random.Random) -> str:
    return f"{rng.choice(_SUBJECTS)}{rng.choice(_VERBS)}{rng.choice(_OBJECTS)}，{rng.choice(_ENDS)}"


def paragraphs(rng: random.Random, characters: int) -> str:
    out, size = [], 0
    while size < characters:
        text = "。".join(sentence(rng) for _ in range(rng.randint(3, 7))) + "。"
        out.append(f'<p style="text-indent:2em">{text}</p>')
        size += len(text)
    return "\n".join(out)


def write(folder: Path, pages: int = 20_000, seed: int = 7) -> int:
    """Write the site below `folder`; returns the number of pages.

    Twenty columns; each page has about thirty links, of which one is new to a crawler that walks list by list.
    """
    rng = random.Random(seed)
    # what a page carries beside its text: style and script of a template, as on real sites (40 KB a page in all)
    style = "<style>" + "".join(f".c{n}{{margin:{n}px;padding:0 {n}px;color:#{n:03x}}}\n" for n in range(300)) + "</style>"
    script = "<script>" + "".join(f"var t{n}=function(a){{return a+{n};}};\n" for n in range(440)) + "</script>"
    per_column = max(int(pages / len(COLUMNS) / 1.05), 30)
    total = 0
    home_blocks = []
    for number, name in enumerate(COLUMNS):
        template = TEMPLATES[number % len(TEMPLATES)]
        base = f"c{number:02d}"
        (folder / base).mkdir(parents=True, exist_ok=True)
        articles = []
        for n in range(per_column):
            day = NEWEST - timedelta(days=n // 2 + number % 3)
            articles.append((f"/{base}/{day:%Y%m}/t{day:%Y%m%d}_{number * 10000 + n}.html", sentence(rng), day))
        lists = [articles[i : i + 20] for i in range(0, len(articles), 20)]
        for n, rows in enumerate(lists):
            path = folder / base / ("index.html" if n == 0 else f"index_{n}.html")
            path.write_text(template(style + script, name, f"/{base}/", list_page(rows, n, len(lists)), None), encoding="utf-8")
            total += 1
        for n, (url, title, day) in enumerate(articles):
            path = folder / url[1:]
            path.parent.mkdir(exist_ok=True)
            near = articles[max(n - 2, 0) : n + 4]
            body = paragraphs(rng, rng.randint(700, 3200))
            path.write_text(template(style + script, name, f"/{base}/", body, (title, day, near)), encoding="utf-8")
            total += 1
        home_blocks.append((name, f"/{base}/", articles[:6]))
    blocks = "".join(
        f'<div class="block"><h2><a href="{url}">{name}</a></h2><ul>' + "".join(row(a) for a in rows) + "</ul></div>"
        for name, url, rows in home_blocks
    )
    (folder / "index.html").write_text(trs(style + script, "首页", "/", blocks, None), encoding="utf-8")
    return total + 1


def row(article: tuple[str, str, date]) -> str:
    url, title, day = article
    return f'<li><a href="{url}" title="{title}">{title}</a><span>{day:%Y-%m-%d}</span></li>'


def list_page(rows: list[tuple[str, str, date]], n: int, count: int) -> str:
    pager = "".join(f'<a href="index{"_" + str(k) if k else ""}.html">{k + 1}</a>' for k in range(max(0, n - 3), min(count, n + 4)))
    return f'<ul class="list">{"".join(row(r) for r in rows)}</ul><div class="page">{pager}</div>'


def _nav() -> str:
    return "".join(f'<li><a href="/c{n:02d}/">{name}</a></li>' for n, name in enumerate(COLUMNS))


def _head(extra: str, column: str, article: tuple[str, date, object] | None) -> str:
    title = f"{article[0]}_清河县人民政府" if article else f"{column}_清河县人民政府"
    tags = '<meta name="SiteName" content="清河县人民政府"><meta name="SiteDomain" content="127.0.0.1"><meta name="SiteIDCode" content="3212830001">'
    if article:
        tags += f'<meta name="ArticleTitle" content="{article[0]}"><meta name="PubDate" content="{article[1]:%Y-%m-%d} 10:30"><meta name="ContentSource" content="县政府办">'
    tags += f'<meta name="ColumnName" content="{column}"><meta name="ColumnDescription" content="{column}"><meta name="ColumnKeywords" content="{column}"><meta name="ColumnType" content="{column}">'
    return f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>{tags}{extra}</head>'


_FOOT = (
    '<div class="footer"><p>主办单位：清河县人民政府办公室 联系电话：0523-80000000</p><p>网站标识码：3212830001 <a href="https://beian.miit.gov.cn/">苏ICP备05000001号-1</a> '
    '<a href="http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=32128302000001">苏公网安备 32128302000001号</a></p>'
    '<span id="_ideConac"><a href="http://bszs.conac.cn/sitename?method=show&id=0123456789ABCDEF0123456789ABCDEF"><img src="/red.png" alt="党政机关"></a></span></div></body></html>'
)


def _related(article: tuple[str, date, list[tuple[str, str, date]]] | None) -> str:
    return "".join(row(a) for a in article[2]) if article else ""


def trs(extra: str, column: str, url: str, body: str, article: tuple[str, date, list[tuple[str, str, date]]] | None) -> str:
    head = f'<h1>{article[0]}</h1><div class="info">发布时间：{article[1]:%Y-%m-%d} 10:30 来源：县政府办</div>' if article else ""
    box = f'<div class="TRS_Editor">{body}</div><ul class="related">{_related(article)}</ul>' if article else body
    return f'{_head(extra, column, article)}<body><div class="header"><a href="/">清河县人民政府</a></div><ul class="nav">{_nav()}</ul><div class="position">当前位置：<a href="/">首页</a>&gt;<a href="{url}">{column}</a></div><div class="main">{head}{box}</div>{_FOOT}'


def hanweb(extra: str, column: str, url: str, body: str, article: tuple[str, date, list[tuple[str, str, date]]] | None) -> str:
    head = (
        f'<table><tr><td class="title">{article[0]}</td></tr><tr><td>发布日期：{article[1]:%Y-%m-%d} 浏览次数：12 信息来源：县政府办</td></tr></table>'
        if article
        else ""
    )
    box = (
        f'<div id="zoom">{body}</div><div class="side"><ul>{_related(article)}</ul></div>'
        if article
        else f"<table><tr><td>{body}</td></tr></table>"
    )
    return f'{_head(extra, column, article)}<body><table class="top"><tr><td><img src="/logo.png" alt="清河县人民政府"></td></tr></table><table class="menu"><tr><td><ul>{_nav()}</ul></td></tr></table><div>您现在的位置：<a href="/">首页</a> / <a href="{url}">{column}</a></div>{head}{box}{_FOOT}'


def ucap(extra: str, column: str, url: str, body: str, article: tuple[str, date, list[tuple[str, str, date]]] | None) -> str:
    head = (
        f'<h2 class="tit">{article[0]}</h2><p class="xx"><span>{article[1]:%Y-%m-%d}</span><span>来源：县政府办</span></p>'
        if article
        else ""
    )
    box = f'<div id="UCAP-CONTENT">{body}</div><ul>{_related(article)}</ul>' if article else f'<div class="gl-list">{body}</div>'
    return f'{_head(extra, column, article)}<body><header><h1><a href="/">清河县人民政府</a></h1></header><nav><ul>{_nav()}</ul></nav><div class="crumb"><a href="/">首页</a> &gt; <a href="{url}">{column}</a></div><main>{head}{box}</main>{_FOOT}'


def handmade(extra: str, column: str, url: str, body: str, article: tuple[str, date, list[tuple[str, str, date]]] | None) -> str:
    head = (
        f'<div class="bt">{article[0]}</div><div class="sj">时间：{article[1].year}年{article[1].month}月{article[1].day}日</div>'
        if article
        else ""
    )
    box = f'<div class="nr">{body}</div><div class="xg"><ul>{_related(article)}</ul></div>' if article else f'<div class="lb">{body}</div>'
    return f'{_head(extra, column, article)}<body><div id="top"><a href="/">清河县人民政府</a><ul>{_nav()}</ul></div><div id="wz"><a href="/">首页</a>-<a href="{url}">{column}</a></div><div id="con">{head}{box}</div>{_FOOT}'


TEMPLATES = (trs, hanweb, ucap, handmade)
