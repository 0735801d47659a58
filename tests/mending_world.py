"""Small made-up county sites with known faults, and what became of each between a run and its re-check: the truth that verdicts are held against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from fixtures.portal.world import Answer, Request, World

AS_OF = "2026-11-16"
LATER = "2026-12-07"
"""Day of the re-check."""
Key = tuple[str, str, str]
"""(rule, address, value)."""
FIXED, NOT_FIXED, GONE, MOVED, UNKNOWN = "fixed", "not_fixed", "gone", "moved", "unknown"


def ago(days: int, day: str = AS_OF) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


@dataclass
class Truth:
    """What the re-check must say."""

    verdict: str
    still: bool | None = None
    note: str = ""
    """Words that the note must hold."""


@dataclass
class Village:
    """One site: how it stands now, and how it is mended."""

    number: int
    world: World
    blocked: bool = False
    """Behind a shield at the re-check."""
    truth: dict[Key, Truth] = field(default_factory=dict)
    footer_link: bool = True
    police: bool = False
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"www.xian{self.number:02d}.gov.cn"

    @property
    def code(self) -> str:
        return f"32999{self.number:05d}"

    @property
    def name(self) -> str:
        return f"清水{'甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉'[self.number % 20]}县人民政府"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    # -- markup

    def html(
        self, title: str, body: str, *, column: str = "", shown: str = "", kind: str = "content", tags: bool = True, crumb: str = ""
    ) -> str:
        metas = [("SiteName", self.name), ("SiteDomain", self.host), ("SiteIDCode", self.code)]
        if kind == "content" and tags:
            metas += [
                ("ArticleTitle", title),
                ("PubDate", shown or ago(3)),
                ("ContentSource", self.name),
                ("Keywords", title),
                ("Author", "办公室"),
                ("Description", title),
            ]
        if kind != "home":
            metas += [("ColumnName", column), ("ColumnDescription", column), ("ColumnKeywords", column), ("ColumnType", column)]
        head = "".join(f'<meta name="{name}" content="{value}">' for name, value in metas)
        nav = "".join(f'<li><a href="{path}">{name}</a></li>' for name, path in COLUMNS)
        link = '<a href="/old/map.html">网站地图</a>' if self.footer_link else ""
        police = (
            '<a href="http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=32999902000001">苏公网安备32999902000001号</a>'
            if self.police
            else ""
        )
        where = f'<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="{crumb}">{column}</a></div>' if crumb else ""
        return (
            f'<html><head><meta charset="utf-8"><title>{title}-{self.name}</title>{head}</head><body>'
            f'<div class="header"><img src="/logo.png" alt="{self.name}"></div><div class="nav"><ul>{nav}</ul></div>{where}'
            f'<div class="content">{body}</div>'
            f'<div class="footer">{link}<p>主办单位：{self.name}办公室　联系电话：0599-6260000</p><p>网站标识码：{self.code}　苏ICP备05099345号-1 {police}</p>'
            f'<a href="https://bszs.conac.cn/sitename?method=show&amp;id=0123456789ABCDEF0123456789ABCDEF"><img src="https://dcs.conac.cn/image/red.png" alt="党政机关"></a>'
            f'<a href="http://pucha.kaipuyun.cn/exposure/jiucuo.html?site_code={self.code}"><img src="/jiucuo.png" alt="我为政府网站找错"></a></div></body></html>'
        )

    def put(self, path: str, html: str) -> None:
        self.pages[path] = html
        self.world.answers[self.url(path)] = Answer(html.encode())

    def article(
        self, column: tuple[str, str], path: str, title: str, day: str, body: str, *, dated: bool = True, tags: bool = True
    ) -> None:
        name, crumb = column
        info = f'<div class="info">发布时间：{day}　来源：{self.name}办公室</div>' if dated else '<div class="info">来源：办公室</div>'
        text = f'<h1>{title}</h1>{info}<div class="article">{body}<p>{"各乡镇要切实加强组织领导，认真抓好贯彻落实，确保各项工作取得实效。" * 3}</p></div>'
        shown = day if dated else ""
        html = self.html(title, text, column=name, crumb=crumb, shown=shown, tags=tags)
        self.put(path, html if dated else html.replace(f'<meta name="PubDate" content="{ago(3)}">', ""))

    def listing(self, column: tuple[str, str], rows: list[tuple[str, str, str]]) -> None:
        name, path = column
        items = "".join(f'<li><a href="{url}" title="{title}">{title}</a><span>{day}</span></li>' for title, url, day in rows)
        self.put(path, self.html(name, f'<div class="list"><h2>{name}</h2><ul>{items}</ul></div>', column=name, kind="column", crumb=path))

    # -- the site, and its faults

    def build(self) -> None:
        self.world.hosts[self.host] = lambda request: Answer(
            b"<html><head><title>404</title></head><body>404 Not Found</body></html>", status=404
        )
        for picture in ("/logo.png", "/jiucuo.png"):
            self.world.answers[self.url(picture)] = Answer(b"\x89PNG\r\n\x1a\n", media="image/png")
        self._home()
        self._news()
        self._services()

    def _home(self) -> None:
        rows = "".join(f'<li><a href="/yw/{n}.html">{title}</a><span>{ago(40 + n)}</span></li>' for n, title in enumerate(NEWS, 1))
        self.put("/", self.html("首页", f'<div class="block"><h2><a href="/yw/">要闻动态</a></h2><ul>{rows}</ul></div>', kind="home"))

    def _news(self) -> None:
        self.listing(NEWS_COLUMN, [(title, f"/yw/{n}.html", ago(40 + n)) for n, title in enumerate(NEWS, 1)])
        self.listing(NOTICES, [(f"关于第{n}号事项的通知公告", f"/tz/{n}.html", ago(220 + n)) for n in range(1, 5)])
        for n in range(1, 5):
            self.article(NOTICES, f"/tz/{n}.html", f"关于第{n}号事项的通知公告", ago(220 + n), "<p>现将有关事项公告如下。</p>")
        for n, title in enumerate(NEWS, 1):
            body = f"<p>{FAULTS.get(n, '全县工作会议召开。')}</p>".replace("#", str(n))
            self.article(NEWS_COLUMN, f"/yw/{n}.html", title, ago(40 + n), body, dated=n != UNDATED, tags=n not in UNTAGGED)

    def _services(self) -> None:
        guides = [("老年人优待证办理", "/bs/1.html"), ("道路运输证补办", "/bs/2.html")]
        rows = "".join(f'<li><a href="{path}">{title}</a></li>' for title, path in guides)
        self.put(
            "/bs/",
            self.html(
                "办事服务", f'<div class="list"><h2>办事服务</h2><ul>{rows}</ul></div>', column="办事服务", kind="column", crumb="/bs/"
            ),
        )
        for title, path in guides:
            self.guide(title, path, ELEMENTS[:-2])

    def guide(self, title: str, path: str, elements: list[tuple[str, str]]) -> None:
        rows = "".join(f"<tr><th>{name}</th><td>{text}</td></tr>" for name, text in [("事项名称", title), *elements])
        self.put(path, self.html(title, f"<h1>{title}</h1><table>{rows}</table>", column="办事服务", crumb="/bs/", shown=ago(60)))

    # -- what becomes of them

    def mend(self) -> None:
        """Change the site as its unit did, and note what the re-check must say."""
        if self.blocked:
            shield = Answer(b"<html><title>403</title><body>Request blocked by WAF</body></html>", status=403)
            for url in [u for u in self.world.answers if self.host in u]:
                self.world.answers[url] = shield
            self.world.hosts[self.host] = lambda request: shield
            return
        even = self.number % 2 == 0
        self._template(even)
        self._columns(even)
        self._links()
        self._texts()
        self._guides()

    def says(self, rule: str, path: str, value: str | None, verdict: str, *, still: bool | None = None, note: str = "") -> None:
        self.truth[rule, self.url(path), value or ""] = Truth(verdict, still, note)

    def _template(self, even: bool) -> None:
        """The footer: mended everywhere, or on the home page alone."""
        link, police = '<a href="/old/map.html">网站地图</a>', "苏ICP备05099345号-1 "
        mark = (
            f"{police}<a href='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=32999902000001'>苏公网安备32999902000001号</a>"
        )
        for path in list(self.pages) if even else ["/"]:
            self.put(path, self.pages[path].replace(link, "").replace(police, mark))
        verdict, note = (FIXED, "另抽看") if even else (NOT_FIXED, "仅改了一个页面")
        self.says("link-dead", "/", self.url("/old/map.html"), verdict, note=note)
        self.says("footer-mark-missing", "/", "公安机关备案标识", verdict, note=note)

    def _columns(self, even: bool) -> None:
        """Of 要闻动态 every second site mended it; 通知公告 got one notice with an old date."""
        if even:
            row = f'<li><a href="/yw/90.html" title="全县秋季农田水利建设现场会召开">全县秋季农田水利建设现场会召开</a><span>{ago(2, LATER)}</span></li>'
            for path in ("/yw/", "/"):
                self.put(path, self.pages[path].replace('<ul><li><a href="/yw/1.html', f'<ul>{row}<li><a href="/yw/1.html'))
            self.article(NEWS_COLUMN, "/yw/90.html", "全县秋季农田水利建设现场会召开", ago(2, LATER), "<p>会议要求抓紧施工。</p>")
            self.says("home-stale", "/", None, FIXED)
        self.says("column-stale", "/yw/", None, FIXED if even else NOT_FIXED)
        old = f'<li><a href="/tz/9.html" title="关于第9号事项的通知公告">关于第9号事项的通知公告</a><span>{ago(205)}</span></li>'
        self.put("/tz/", self.pages["/tz/"].replace('<ul><li><a href="/tz/1.html', f'<ul>{old}<li><a href="/tz/1.html'))
        self.article(NOTICES, "/tz/9.html", "关于第9号事项的通知公告", ago(205), "<p>现公告如下。</p>")
        self.says("column-stale", "/tz/", None, NOT_FIXED, note="情况有变化")

    def _links(self) -> None:
        dead = [self.url(f"/files/{n}.doc") for n in range(20)]
        self._edit(1, '<a href="/files/1.doc">附件：申报表1</a>', "申报表1")
        self.says("link-dead", "/yw/1.html", dead[1], FIXED, note="已没有该链接")
        self.world.answers[dead[2]] = Answer(b"\xd0\xcf\x11\xe0" + b"0" * 600, media="application/msword")
        self.says("link-dead", "/yw/2.html", dead[2], FIXED, note="已能打开")
        self.says("link-dead", "/yw/3.html", dead[3], NOT_FIXED, note="仍打不开")
        self._edit(4, "/files/4.doc", "/files/44.doc")
        self.says("link-dead", "/yw/4.html", dead[4], NOT_FIXED, note="同样打不开")
        self._remove(5)
        self.says("link-dead", "/yw/5.html", dead[5], GONE)
        self._redirect(6, keep=True)
        self.says("link-dead", "/yw/6.html", dead[6], MOVED, still=True)
        self._rename(7, mended=True)
        self.says("link-dead", "/yw/7.html", dead[7], MOVED, still=False)

    def _texts(self) -> None:
        self._edit(8, "关健环节", "关键环节")
        self.says("typo", "/yw/8.html", "关健", FIXED)
        self.says("typo", "/yw/9.html", "关健", NOT_FIXED)
        self.world.answers[self.url("/yw/10.html")] = Answer(b"<html><title>403</title><body>blocked</body></html>", status=403)
        self.says("typo", "/yw/10.html", "关健", UNKNOWN)
        self._redirect(11, keep=False)
        self.says("typo", "/yw/11.html", "关健", MOVED, still=False)
        self._edit(12, "13912340012", "139****0012")
        self.says("privacy-phone", "/yw/12.html", "139****0012", FIXED)
        self._rename(13, mended=False)
        self.says("privacy-phone", "/yw/13.html", "139****0013", MOVED, still=True)
        self.world.answers[self.url("/yw/14.html")] = Answer("系统维护中，请稍后再访问。".encode(), media="text/html; charset=utf-8")
        self.says("privacy-phone", "/yw/14.html", "139****0014", UNKNOWN, note="请人工核对")
        self.article(NEWS_COLUMN, "/yw/15.html", NEWS[14], ago(55), "<p>全县工作会议召开。</p>")
        self.says("item-undated", "/yw/15.html", None, FIXED)
        self.says("page-tag-missing", "/yw/15.html", "PubDate", FIXED)

    def _guides(self) -> None:
        self.guide("老年人优待证办理", "/bs/1.html", ELEMENTS[:-1])  # one of the two missing elements added
        self.says("guide-element-missing", "/bs/1.html", ELEMENTS[-2][0], FIXED)
        self.says("guide-element-missing", "/bs/1.html", ELEMENTS[-1][0], NOT_FIXED)
        # the second guide's page now shows a notice
        self.article(("办事服务", "/bs/"), "/bs/2.html", "道路运输证补办", ago(1, LATER), "<p>本事项调整，详询窗口。</p>")
        for name, _ in ELEMENTS[-2:]:
            self.says("guide-element-missing", "/bs/2.html", name, UNKNOWN, note="请人工核对")

    def _path(self, n: int) -> str:
        return f"/yw/{n}.html"

    def _edit(self, n: int, old: str, new: str) -> None:
        assert old in self.pages[self._path(n)], (n, old)
        self.put(self._path(n), self.pages[self._path(n)].replace(old, new))

    def _remove(self, n: int) -> None:
        del self.world.answers[self.url(self._path(n))]

    def _redirect(self, n: int, *, keep: bool) -> None:
        page = self.pages[self._path(n)]
        self.put(f"/news/2026/{n}.html", page if keep else page.replace("关健", "关键"))
        self.world.answers[self.url(self._path(n))] = Answer(status=302, headers=(("Location", f"/news/2026/{n}.html"),))

    def _rename(self, n: int, *, mended: bool) -> None:
        """The page is gone; its column lists the same title at another address."""
        page = self.pages[self._path(n)]
        self.put(f"/yw/new{n}.html", page.replace(f'<a href="/files/{n}.doc">附件：申报表{n}</a>', "") if mended else page)
        self._remove(n)
        for path in ("/yw/", "/"):
            self.put(path, self.pages[path].replace(f"/yw/{n}.html", f"/yw/new{n}.html"))


COLUMNS = (("首页", "/"), ("要闻动态", "/yw/"), ("通知公告", "/tz/"), ("办事服务", "/bs/"))
NEWS_COLUMN, NOTICES = ("要闻动态", "/yw/"), ("通知公告", "/tz/")
NEWS = [
    "县政府召开第三季度经济运行分析会", "全县防汛工作推进会召开", "县领导调研重点项目建设情况", "我县举办秋季招聘活动", "全县教育工作座谈会召开",
    "县政府与高校签订合作协议", "我县启动文明城市创建行动", "县领导督导安全生产工作", "全县乡村振兴现场会召开", "我县开展食品安全宣传活动",
    "县领导检查秋粮收购工作", "我县公布道路改造施工安排", "社区志愿服务队走访困难家庭", "我县医疗下乡活动进山村", "县图书馆开展阅读推广周",
    "全县河湖长制工作会议召开",
]  # fmt: skip
_LINK = '请下载<a href="/files/#.doc">附件：申报表#</a>填报。'
_TYPO = "会议指出，要抓住关健环节，统筹推进。"
_PHONE = "居民张小禾的手机号码为139123400#，本人身份证已核验。"
FAULTS = {**dict.fromkeys(range(1, 8), _LINK), **dict.fromkeys(range(8, 12), _TYPO), **dict.fromkeys(range(12, 15), _PHONE)}
UNDATED = 15
UNTAGGED: tuple[int, ...] = ()
ELEMENTS = [
    ("设定依据", "《中华人民共和国老年人权益保障法》第五十二条"), ("申请条件", "本县户籍居民"), ("办理材料", "居民身份证原件1份（纸质）"),
    ("办理地点", "县政务服务中心2楼3号窗口"), ("收费标准", "不收费"), ("办理时间", "工作日9:00-17:00"), ("办理流程", "申请、受理、审核、发证"),
    ("办理机构", "县民政局"), ("联系电话", "0599-6261234"),
]  # fmt: skip


def build(count: int, *, blocked: tuple[int, ...] = ()) -> tuple[World, list[Village]]:
    world = World()
    world.hosts["pucha.kaipuyun.cn"] = world.hosts["bszs.conac.cn"] = world.hosts["www.beian.gov.cn"] = _fine
    villages = [Village(n, world, blocked=n in blocked) for n in range(count)]
    for village in villages:
        village.build()
    return world, villages


def _fine(request: Request) -> Answer:
    return Answer(b"<html><title>ok</title><body>ok</body></html>")


def registry(villages: list[Village]) -> str:
    rows = ["sites:"]
    for v in villages:
        rows += [
            f"- url: {v.url('/')}",
            f"  name: {v.name}",
            f"  organizer: {v.name}办公室",
            f"  site_code: '{v.code}'",
            "  police_number: '32999902000001'",
        ]
    return "\n".join(rows)


def truths(villages: list[Village]) -> Iterator[tuple[Key, Truth]]:
    for village in villages:
        yield from village.truth.items()
