"""Facts that a Chinese clause proves by itself: who does what to whom, who is what to whom, how many, where,
with what.

Only clauses that begin with a name count, and only where nothing in them points outside (他, 这, 那 …): such a clause
can be turned into a question that makes sense on its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractor.reading.facts import Found, Names, Pages
from extractor.reading.lexicon import words
from extractor.reading.sentences import Sentence

CLAUSE = re.compile(r"[^，,；;。．！？!?…：:]+")
POINTS_OUTSIDE = re.compile(
    r"[他她它这那此其彼该某我你您咱俺吾汝“”‘’「」『』《》`（）()—\-]|自己|如此|上面|下面|刚才|方才|前文|话说|"
    r"不知|不曾|没有|"
    r"仿佛|好像|好似|似乎|大约|也许|如果|要是|倘|假如|只怕|恐|未|莫|岂|怎|何|谁|什么|多少|哪|吗|呢|吧|么|一面|一边|"
    r"时候|之后|之前|以后|以前|之时|正要|正欲|欲|想要|打算|原来|忽见|只见"
)
OPENING = re.compile(
    r"^(?:[、和与跟同的之及等并们]|见|听|闻|知|看|觉|说|问|笑|道|曰|因|虽|既|若|一|也|亦|都|还|皆|各|俱|本|自|"
    r"心|是|乃|早|已经?)"
)
ADVERB = re.compile(
    r"^(?:便|遂|忙|就|又|即|却|只得|只好|正|才|方|先|再|连忙|急忙|赶紧|立刻|立即|马上|随即|随后|终于|亲自|"
    r"悄悄|轻轻|慢慢|当即|当下|当场|忽然|突然|猛地|一把|一齐)+"
)
NO_CLOSING = re.compile(
    r"[说道问曰云笑叫喊想看见听着是的得地时后处间上前里与和把将被向对从到以来去言语骂答喝]$|一声$|一眼$"
)
COVERB = re.compile(r"[向对与和跟同把将给随替为往从于在被令命叫使教让请及并、比如像似]$")
STRONG = re.compile(
    r"[斩杀擒娶嫁葬埋赎骗瞒]|射死|射中|刺死|刺伤|砍|打死|打伤|杀败|投奔|投降|归降|举荐|封[^\s]*为|毒|掐死|绑|"
    r"捆|抢走|偷走|救[了出下起活]"
)
DEED = re.compile(
    r"[把将给送救杀斩擒捉打骂拉抱推扶搀接迎赶追随跟引领带拜辞谢嫁娶助降投敬赠赐赏借还偷抢夺害埋葬背抬拦挡劝骗瞒告访寻找护锁绑捆捶咬"
    r"射刺砍围攻伐讨破败胜战封立荐举聘招留藏放释]"
)
NUMERAL = re.compile(
    r"(?P<number>[二两三四五六七八九十百千万零]{1,7}|一[百千万十][二三四五六七八九百千万十零]*)"
    r"(?P<unit>岁|年|天|个月|里|丈|尺|寸|斤|两银子|口|层|遍|座|匹|枚|盏|艘|颗|卷|万人)(?!人|之|的|长亭|[春夏秋冬正])"
)
BESIDE_NUMERAL = re.compile(r"第$|[数几余多半来]$|^[多余几来半]")
WORN = re.compile(
    r"(?P<verb>身穿|身上穿着|穿着|头戴|头上戴着|身披|手持|手执|手提|手里提着|手里拿着|手里捧着|手里攥着|腰悬|"
    r"腰佩|腰里挂着|背上背着|骑着|抱着|捧着)"
    r"(?:了)?(?P<thing>[一两三四五六七八九十][\u4e00-\u9fff]{1,11})$"
)
PLACE = re.compile(
    r"^(?P<verb>住在|来到|回到|走到|赶到|逃到|逃往|奔至|来至|回至|藏在|埋在|葬在|葬于|死在|死于|生在|屯兵于|"
    r"屯于|驻扎在|寓居|隐居)"
    r"(?:了)?(?P<place>[\u4e00-\u9fff]{2,9})$"
)
KNOWN_PLACE = re.compile(
    r"^[\u4e00-\u9fff]{2,}(?:州|城|县|国|府|山|庵|院|寺|馆|轩|村|镇|岛|关|郡|江|湖|海|堂|楼|宫|殿|洞|庄|店|苑|"
    r"园|谷|坡|渡|桥|阁|塔|岭|河|都|京|昌|阳|礁|坑|原)$"
)
NO_PLACE = re.compile(
    r"[了时候后的前边旁处身]$|^[一二两三四五六七八九十]|跟前|面前|身边|门口|近前|中间|家里|家中|房中|屋里|"
    r"书房|外面|里面|里间|这里|那里"
)
ORDER = re.compile(r"(?P<verb>命令|吩咐|打发|命|令|派|差|遣|请|邀|劝|求|逼|托|嘱咐)$")
HANDS = re.compile(
    r"^把(?P<thing>[\u4e00-\u9fff]{2,12}?)(?P<verb>递|交|送|还|塞|赏|赠|借|卖|献|让|传|留|嫁|分|付)(?P<to>给|"
    r"与)(?:了)?$"
)
HANDS_OLD = re.compile(r"^将(?P<thing>[\u4e00-\u9fff]{1,10}?)(?P<verb>递|交|送|付|赏|赠|献|传|嫁)(?P<to>给|与)$")
KIN = words("""亲侄女 侄女 侄儿 侄子 外甥 外甥女 女儿 儿子 长子 次子 幼子 独子 长女 次女 妹妹 姐姐
    哥哥 弟弟 胞妹 胞弟 胞兄 兄长 妻子 夫人 丈夫 母亲 父亲 师父 师傅 师兄 师弟 师姐 师妹
    师叔 师伯 徒弟 徒儿 弟子 学生 祖母 祖父 外祖母 外祖父 孙子 孙女 外孙 外孙女 叔叔 伯父
    叔父 舅舅 姑母 姑妈 姨妈 姨母 嫂子 媳妇 妾 丫头 丫鬟 奶妈 乳母 陪房 小厮 管家 军师
    部将 副将 部下 谋士 门生 义子 义弟 义兄 结义兄弟 邻居 朋友 好友 同窗 表妹 表姐 表哥
    表弟 堂妹 堂弟 堂兄 族弟 族兄 从弟 从子 女婿 岳父 亲家 陪嫁 子 弟 兄 妹 女 妻 母 父
    侄 孙 婿 甥 叔 嫂""")
KIN_PATTERN = "|".join(sorted(KIN, key=len, reverse=True))
IS_KIN = re.compile(r"^(?:便是|就是|乃是|正是|原是|本是|是|乃)$")
KIN_END = re.compile(rf"^(?:的|之)(?P<kin>{KIN_PATTERN})(?:也)?$")
KIN_BETWEEN = re.compile(rf"^(?:的|之)(?P<kin>{KIN_PATTERN})$")
ROLE = re.compile(
    r"^(?:便是|就是|乃是|正是|原是|本是|是|乃|做了|当了|当上了)(?:个|一个|一位|位)?(?P<role>[\u4e00-\u9fff]{2,14})$"
)
OFFICE = re.compile(
    r"(?:院主|掌柜|老板娘?|镇长|县令|知县|知府|太守|丞相|将军|军师|掌门|弟子|徒弟|大夫|医生|先生|船夫|屠户|"
    r"秀才|举人|进士|宗主|教主|帮主|庄主|城主|国王|皇帝|"
    r"皇后|公主|太子|王爷|刺史|都督|校尉|元帅|道士|和尚|尼姑|老师|校长|警察|记者|铁匠|木匠|猎户|渔夫|商人|"
    r"账房|管家|教头|捕头|族长|村长|之后|后裔)$"
)
STYLE = re.compile(r"^(?:表)?字(?P<style>[\u4e00-\u9fff]{2})$")
NATIVE = re.compile(r"^(?:乃|是|原是|本是|本)?(?P<place>[\u4e00-\u9fff]{2,8}?)人(?:也|氏)$")
VERB_BEHIND = re.compile(r"[了出入去来进到起住死伤倒开走送还给在成作为杀斩擒捉打请]|[\u4e00-\u9fff]{3,}")
POST = re.compile(r"^(?P<verb>封|拜|加封|册封|封赠|任命|立|尊)$")
POST_END = re.compile(r"^(?:为|做|作)(?P<post>[\u4e00-\u9fff]{2,9})$")
INSCRIBED = re.compile(
    r"(?:一[块张面封幅只把座个](?P<board>[\u4e00-\u9fff]{1,4})[，,](?:上面|上头|上)?|"
    r"(?P<thing>[\u4e00-\u9fff]{2,12}?(?:上|里|中)))(?:写着|刻着|题着|写的是|刻的是|大书|大书着|"
    r"题的是)(?:[^，。“”「」『』]{0,8})?[：:，,]?\s*"
    r"[“「『‘](?P<what>[^“”「」『』‘’\n]{2,30})[”」』’]"
)


def clause_facts(page: Pages, names: Names) -> Iterator[Found]:
    """Yield the facts of a chapter's narration, in order."""
    for sentence in page.narration:
        yield from _inscribed(sentence)
        text = sentence.text
        for clause in CLAUSE.finditer(text):
            found = names.at(text, clause.start())
            if not found:
                continue
            last = clause.end() >= len(text) or text[clause.end()] in "。．；;！!"
            yield from _of_clause(clause[0], found, names, sentence=sentence, last=last)
            yield from _split_by_comma(text[clause.start() :], found, names, sentence=sentence)


def _of_clause(clause: str, name: str, names: Names, *, sentence: Sentence, last: bool) -> Iterator[Found]:
    rest = clause[len(name) :]
    shown = names.shown[name]
    if not rest or POINTS_OUTSIDE.search(rest):
        return
    here = (sentence.paragraph,)
    yield from _relations(rest, shown, names, here=here)
    if OPENING.match(rest) or len(clause) > 34:
        return
    bare = ADVERB.sub("", rest)
    others = [(at, n) for at, n in names.all(bare) if names.shown[n] != shown]
    numbers = _number(clause, name, names, here=here) if last else None
    if numbers:
        yield numbers
    place = PLACE.match(bare)
    if (
        place
        and KNOWN_PLACE.search(place["place"])
        and not NO_PLACE.search(place["place"])
        and not NO_CLOSING.search(place["place"])
    ):
        yield Found("where", here, {"name": shown, "verb": place["verb"], "place": place["place"]})
    worn = WORN.search(bare)
    if worn and worn.start() <= 4 and not worn["thing"].endswith(("的", "了", "地", "着")):
        yield Found("carries", here, {"name": shown, "verb": worn["verb"], "thing": worn["thing"]})
    if len(others) == 1:
        yield from _toward_another(bare, shown, others[0], names=names, here=here)


def _toward_another(
    deed: str, name: str, other: tuple[int, str], *, names: Names, here: tuple[int, ...]
) -> Iterator[Found]:
    """Yield what a clause says that one person does to another: gives, orders, or any other deed."""
    at, person = other
    before, behind = deed[:at], deed[at + len(person) :]
    shown = names.shown[person]
    hands = HANDS.match(before) or HANDS_OLD.match(before)
    if hands and not behind:
        fields = {"giver": name, "thing": hands["thing"], "verb": hands["verb"] + hands["to"], "taker": shown}
        for kind in ("gives_what", "gives_whom", "gives_who"):
            yield Found(kind, here, fields)
        return
    order = ORDER.match(before)
    if order:
        if 4 <= len(behind) <= 24 and not re.match(r"[的和与、等之是在]", behind) and not NO_CLOSING.search(behind):
            fields = {"name": name, "verb": order["verb"], "other": shown, "deed": behind}
            yield Found("orders_what", here, fields)
            yield Found("orders_whom", here, fields)
        return
    whole = before + shown + behind
    if not at or NO_CLOSING.search(whole) or re.match(r"[的之、和与等们]", behind) or not 4 <= len(whole) <= 28:
        return
    moved = re.search(r"[把将被]", before)
    if (moved or COVERB.search(before)) and (len(behind) < 2 or not VERB_BEHIND.search(behind)):
        return
    if STRONG.search(whole) or (DEED.search(before) and len(whole) >= 9 and (len(behind) >= 3 or at >= 6)):
        yield Found("deed", here, {"name": name, "deed": whole})


def _number(clause: str, name: str, names: Names, *, here: tuple[int, ...]) -> Found | None:
    """Return the question for the only number of a clause."""
    shown = names.shown[name]
    numbers = list(NUMERAL.finditer(clause, len(name)))
    if len(numbers) != 1 or not 8 <= len(clause) <= 30 or NO_CLOSING.search(clause):
        return None
    match = numbers[0]
    if names.all(clause[len(name) :]):
        return None
    if BESIDE_NUMERAL.search(clause[: match.start()]) or BESIDE_NUMERAL.search(clause[match.end() :]):
        return None
    if re.search(r"[二三四五六七八九][三四五六七八九]", match["number"]) and "十" not in match["number"]:
        return None
    if re.search(r"[一几数半]", clause[: match.start()] + clause[match.end() :]):
        return None
    asked = shown + clause[len(name) : match.start()] + "多少" + match["unit"] + clause[match.end() :]
    fact = shown + clause[len(name) :]
    return Found("number", here, {"question": asked, "answer": match[0], "fact": fact})


def _relations(rest: str, shown: str, names: Names, *, here: tuple[int, ...]) -> Iterator[Found]:
    """Yield what a person is: someone's kin, something by office, from somewhere."""
    style = STYLE.match(rest)
    if style:
        yield Found("style", here, {"name": shown, "style": style["style"]})
    native = NATIVE.match(rest)
    if native:
        yield Found("native", here, {"name": shown, "place": native["place"]})
    others = names.all(rest)
    if len(others) == 1:
        at, person = others[0]
        before, behind = rest[:at], rest[at + len(person) :]
        kin = KIN_END.match(behind)
        if IS_KIN.match(before) and kin and names.shown[person] != shown:
            yield Found("kin", here, {"name": shown, "other": names.shown[person], "kin": kin["kin"]})
        between = KIN_BETWEEN.match(before)
        if between and names.shown[person] != shown and behind[:1] not in ("的", "之"):
            yield Found("kin", here, {"name": names.shown[person], "other": shown, "kin": between["kin"]})
        post, end = POST.match(before), POST_END.match(behind)
        if post and end:
            fields = {"name": names.shown[person], "giver": shown, "verb": post["verb"], "post": end["post"]}
            yield Found("post", here, fields)
        return
    role = ROLE.match(rest)
    if role and not others and OFFICE.search(role["role"]) and not re.match(r"[不谁一个]", role["role"]):
        yield Found("role", here, {"name": shown, "role": role["role"]})


def _split_by_comma(text: str, name: str, names: Names, *, sentence: Sentence) -> Iterator[Found]:
    """Yield what stands behind a comma after the bare name: 徐庶，字元直，."""
    shown = names.shown[name]
    match = re.match(r"[，,]([^，,。．；;]{3,12})(?:[，,]([^，,。．；;]{3,12}))?[，,。．；;]", text[len(name) :])
    for piece in match.groups() if match else ():
        style = STYLE.match(piece or "")
        native = NATIVE.match(piece or "")
        if style:
            yield Found("style", (sentence.paragraph,), {"name": shown, "style": style["style"]})
        if native:
            yield Found("native", (sentence.paragraph,), {"name": shown, "place": native["place"]})


def _inscribed(sentence: Sentence) -> Iterator[Found]:
    match = INSCRIBED.search(sentence.text)
    if match is None:
        return
    thing = match["board"] + "上" if match["board"] else match["thing"]
    if not POINTS_OUTSIDE.search(thing) and not re.match(r"[了着的是便又还都]|纸上|信上|书上", thing):
        yield Found("inscribed", (sentence.paragraph,), {"thing": thing, "what": match["what"].strip("，。")})
