"""What the terms of a Chinese novel mean, from the sentences that say so, in narration and in speech."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from extractor.reading.facts import Found, Names, Pages
from extractor.reading.sentences import Sentence
from extractor.reading.terms import NO_TERM_ZH

HAN = r"[\u4e00-\u9fff]"
OPEN, CLOSE = "[“「『‘《]", "[”」』’》]"
SO_CALLED = re.compile(
    rf"^所谓的?{OPEN}?(?P<term>{HAN}{{2,6}}?){CLOSE}?[，,]?(?:就|便|也|即|乃|指的|无非|"
    rf"不过)?是(?P<what>[^？?]{{3,}})[。．！]?$"
)
NAMED = re.compile(
    rf"(?P<what>[^。？！…]{{4,60}}?)[，,](?:这|那|都|也|就|便|人人|大家|人们|众人|书上|书里|俗话|我们|咱们|"
    rf"{HAN}{{1,5}}(?:里|上|中|人|的人|里人|们))?(?:里|把它|管它|将它)?"
    rf"(?:就|便|都|只|也|又)?(?:叫做|叫作|称为|称作|唤作|唤做|名叫|名为|名唤|名曰|号称|"
    rf"(?P<bare>叫))(?:它)?(?P<mark>{OPEN})?(?P<term>{HAN}{{2,6}}){CLOSE}?(?=[，,。．；！]|$)"
)
IS = re.compile(
    rf"^{OPEN}?(?P<term>{HAN}{{2,5}}?){CLOSE}?(?:这种东西|这东西|一物)?[，,]?(?P<verb>就是|便是|乃是|原是|"
    rf"本是|是|指的是|专门|专用来|用来|不得|不许|都有|都是|"
    rf"在|位于|盖在|建在|筑在|坐落在|坐落于|分为|共有)(?P<what>[^？?]{{4,}})[。．！]?$"
)
RULE = re.compile(
    rf"^(?P<term>{HAN}{{2,5}}?)(?:的)?(?P<rule>规矩|用处|道理|意思|来历|名字|做法|用法)(?:是|"
    rf"就是)?[，,：:]?(?P<what>[^？?]{{4,}})[。．！]?$"
)
DANGLING = re.compile(r"^(?:[他她它这這那此其]|不|谁|什么|哪|真|吧|吗|你|我|咱|的)|[吗呢吧么]$|[？?]")
POINTS = re.compile(r"[他她你您這]|这(?!种|就|叫|里)|那(?!种|是)|此(?!处|时)|该")
WEAK_VERBS = frozenset(("都有", "在", "位于", "盖在", "建在", "筑在", "坐落在", "坐落于", "分为", "共有"))
FORWARD = re.compile(
    rf"^(?:(?P<who>{HAN}{{2,4}})(?:说|告诉[^，]{{1,4}})[，,：:]?)?(?:这|那)(?:个|种|东西)?(?:就|便|才)?(?:叫|"
    rf"叫做|叫作|就是|是)(?P<mark>{OPEN})?(?P<term>{HAN}{{2,5}}){CLOSE}?[，,](?P<what>[^？?]{{6,}})[。．！]?$"
)
SHORT = re.compile(rf"^(?:这|那)(?:就|便|才|也)?(?:叫|叫做|叫作){OPEN}?{HAN}{{2,6}}{CLOSE}?[。．！]?$")
SURELY = re.compile(r"(?:这|都|人人|大家|人们|书上)(?:就|便|都|也)?(?:叫|叫做|叫作|称为)[“「『‘《]?$")
NO_TERM_AT_ALL = re.compile(r"[這麼們說個的了着过在我你他她它谁什么呢吧吗啊和与把被让给]|^(?:一|这|那|什么|怎么|不)")
PLACE_END = re.compile(r"[院镇城室坑店馆楼塔山洞岛村寺庙观宫殿府园阁庄谷湖河江海井桥门街原州县国宅屋坊堂亭台]$")
LONGEST = 90
PERSON_BEFORE = re.compile(r"[人将女仆厮医姬妾王儿职童员官吏士兵道僧尼孩妹姐哥弟兄子爷娘头汉夫]|丫头")
OUT_OF_TALK = re.compile(r"^(?:言未|说着|于是|因用|只得|便|忽|又)")
ONE_THING = re.compile(r"一[^，]{0,2}[\u4e00-\u9fff]$|一[座种条个只把块口等道样枚件]|有一")


def term_facts(
    pages: Pages, terms: Mapping[str, int], *, names: Names, known: Collection[str]
) -> Iterator[tuple[str, Found]]:
    """Yield (term, fact) for each sentence of a chapter that explains a term; `known` are person names, never
    terms."""
    before: Sentence | None = None
    for sentence in [*pages.narration, *pages.speech]:
        speaker = speaker_of(sentence, names)
        text, previous, before = sentence.text, before, sentence
        if SHORT.match(text) and previous and previous.paragraph == sentence.paragraph:
            text = previous.text.rstrip("。．！") + "，" + text if previous.quotation == sentence.quotation else text
        if not 6 <= len(text) <= LONGEST:
            continue
        for kind, term, fields in _explained(text, terms, known, spoken=sentence.quotation is not None):
            if "name" in fields:
                kind += "_said"
            elif speaker != "":
                fields = {**fields, "name": speaker or "有人"}
                kind += "_said"
            yield term, Found(kind, (sentence.paragraph,), fields)


def speaker_of(sentence: Sentence, names: Names) -> str | None:
    """Return who says a sentence: "" in narration, None where nobody is sure."""
    quotation = sentence.quotation
    if quotation is None:
        return ""
    speaker = quotation.speaker
    sure = speaker and quotation.type == "explicit" and quotation.confidence >= 0.8
    return speaker if sure and speaker in names.shown else None


def _explained(
    text: str, terms: Mapping[str, int], known: Collection[str], *, spoken: bool
) -> Iterator[tuple[str, str, dict[str, str]]]:
    whole = text.rstrip("。．！!…")
    called = SO_CALLED.match(text)
    if called and _is_term(called["term"], terms, known, least=2) and not _dangles(called["what"]):
        yield "definition", called["term"], {"term": called["term"], "sentence": whole}
        return
    for named in NAMED.finditer(text):
        least = 1 if named["mark"] else 3 if named["bare"] else 2
        sure = SURELY.search(text[: named.start("term")])
        if sure and not NO_TERM_AT_ALL.search(named["term"]):
            least = 0
        if (not sure and PERSON_BEFORE.search(named["what"].rpartition("，")[2])) or OUT_OF_TALK.match(text):
            continue
        if (
            not _is_term(named["term"], terms, known, least=least)
            or _dangles(named["what"])
            or named["what"].count("，") > 4
        ):
            continue
        end = named.end() + (named.end() < len(text) and text[named.end()] in "”」』’")
        yield (
            "definition",
            named["term"],
            {"term": named["term"], "sentence": _last_clauses(text[:end], named.end("what"))},
        )
    forward = FORWARD.match(text)
    if forward and _is_forward(forward, terms):
        what = re.split(r"，(?=[他她我你])", forward["what"].rstrip("。．！"))[0]
        said = {"name": forward["who"]} if forward["who"] else {}
        yield "definition", forward["term"], {"term": forward["term"], "sentence": f"{forward['term']}：{what}", **said}
        return
    rule = RULE.match(text)
    if rule and _is_term(rule["term"], terms, known) and not _dangles(rule["what"]):
        yield "rule", rule["term"], {"term": rule["term"], "rule": rule["rule"], "what": rule["what"].rstrip("。．！")}
        return
    match = IS.match(text)
    if match and _is_term(match["term"], terms, known) and not _dangles(match["what"]):
        if match["verb"] in WEAK_VERBS and spoken:
            return
        if match["verb"] == "在" and (re.match(r"[一两几]", match["what"]) or not PLACE_END.search(match["term"])):
            return
        if match["verb"] not in WEAK_VERBS and not re.search(r"[的一专用]", match["what"]):
            return
        yield "definition", match["term"], {"term": match["term"], "sentence": whole}


def _is_forward(match: re.Match[str], terms: Mapping[str, int]) -> bool:
    """Tell whether a sentence of the kind "this is called T, which …" explains T without pointing elsewhere."""
    if NO_TERM_AT_ALL.search(match["term"]) or POINTS.search(match["what"].split("，")[0]):
        return False
    return bool(match["who"] or match["mark"]) or terms.get(match["term"], 0) >= 2


def _is_term(term: str, terms: Mapping[str, int], known: Collection[str], *, least: int = 3) -> bool:
    if any(term[a:b] in known for a in range(len(term)) for b in range(a + 2, len(term) + 1)):
        return False
    if least == 0 or terms.get(term, 0) >= least:
        return True
    return least < 3 and not NO_TERM_ZH.search(term)


def _dangles(what: str) -> bool:
    return bool(DANGLING.search(what) or POINTS.search(what))


def _last_clauses(sentence: str, named_from: int) -> str:
    """Return the end of a sentence that names something: from the clause that brings the thing in, else all of it."""
    before = sentence[:named_from]
    last = max(before.rfind(mark) for mark in "，；：")
    cut = last + 1 if last > 0 and ONE_THING.search(before[last + 1 :]) and len(before) - last > 4 else 0
    return sentence[cut:].rstrip("。．").removeprefix("乃")
