"""Who is found in a novel, under which names, and what book.toml says about it."""

import pytest

from extractor.book import CastEntry
from extractor.reading.aliases_en import surnames_of, take_apart
from extractor.reading.cast import count_lines, find_cast
from extractor.reading.quotations import detect_style, find_quotations
from extractor.reading.surnames import surname_of, title_of
from extractor.records import Chapter

RIVER = """　　林若溪把伞收好，低声道：“有人么？”
　　“进来吧。”赵掌柜说。
　　若溪看了看屋里，问道：“掌柜的，可有热水？”
　　赵掌柜笑道：“林姑娘要的，自然有。”
　　门口忽然走进一个年轻人。若溪抬头，叹道：“沈师兄，你怎么也来了？”
　　沈怀山放下剑，笑道：“我来找林姑娘。”
　　林若溪怔了怔，问：“找我做什么？”
　　沈怀山说：“师父叫你回去。”
　　“我不回去。”林若溪说。她转过身，又道：“你告诉他，我不回去。”
　　沈怀山叹道：“他病了。”他把一封信放在桌上。
　　众人都道：“还是回去看看吧。”
　　若溪点了点头，说：“沈师兄，我跟你走。”
"""
MANOR = """Mr. Harold Penn came in from the garden. "Where is my sister?" he asked.

"Miss Penn went out," said Mrs. Gale. "She took the dog, Mr. Penn."

Harold sat down by Mrs. Gale. "She never takes the dog," said Harold.

"She did today," replied Mrs. Gale, and she looked at Harold.

Then Lucy Penn opened the door. "I am back," said Lucy. She put down her hat, and Mr. Penn laughed.

"Lucy," cried Harold, "where have you been?"

"At the mill with Tom Gale," said Lucy, and Mrs. Gale looked up at Lucy.

"My Tom?" said Mrs. Gale. Mr. Penn looked at Lucy, and Penn was not pleased.

"Tom Gale is an honest boy," said Lucy; and Harold, who knew Tom, said nothing to Mrs. Gale.
"""


def chapter(text, number=1):
    spans, position = [], 0
    for line in text.split("\n"):
        if line.strip():
            start = position + len(line) - len(line.lstrip())
            spans.append((start, position + len(line.rstrip())))
        position += len(line) + 1
    return Chapter(
        id=f"c{number:04d}",
        position=number,
        number=number,
        start=0,
        end=len(text),
        text=text,
        paragraphs=tuple(spans),
    )


def cast_of(text, language, given=()):
    chapters = [chapter(text)] if isinstance(text, str) else [chapter(t, n) for n, t in enumerate(text, 1)]
    style = detect_style(chapters)
    quotations = [q for c in chapters for q in find_quotations(c, language=language, style=style)]
    return find_cast(chapters, quotations, language=language, given=given)


def owner(cast, name):
    return next((c.name for c in cast if name in (c.name, *c.aliases)), None)


def test_full_name_given_name_and_title_are_one_person():
    cast = cast_of(RIVER, "zh")
    assert owner(cast, "若溪") == owner(cast, "林若溪") == owner(cast, "林姑娘") == "林若溪"
    assert owner(cast, "沈师兄") == owner(cast, "沈怀山") == "沈怀山"


def test_every_alias_has_its_evidence():
    for language, text in (("zh", RIVER), ("en", MANOR)):
        for character in cast_of(text, language):
            if character.kind == "person":
                assert len(character.evidence) == len(character.aliases), character


def test_ordinary_words_are_no_characters():
    names = {n for c in cast_of(RIVER, "zh") for n in (c.name, *c.aliases)}
    assert not names & {"热水", "点了点头", "低声", "门口", "桌上", "年轻人", "师父叫"}


def test_a_crowd_is_a_group():
    assert next(c for c in cast_of(RIVER, "zh") if c.name == "众人").kind == "group"


def test_gender_follows_titles_and_pronouns():
    genders = {c.name: c.gender for c in cast_of(RIVER, "zh")}
    assert genders["林若溪"] == "female"
    genders = {c.name: c.gender for c in cast_of(MANOR, "en")}
    assert genders["Harold Penn"] == "male"
    assert genders["Mrs. Gale"] == "female"


def test_title_with_surname_joins_the_only_one_it_fits():
    cast = cast_of(MANOR, "en")
    assert owner(cast, "Mr. Penn") == owner(cast, "Harold") == "Harold Penn"


def test_people_with_one_surname_stay_apart():
    cast = cast_of(MANOR, "en")
    assert len({owner(cast, name) for name in ("Harold", "Lucy", "Mrs. Gale", "Tom")}) == 4


def test_miss_with_surname_is_not_the_sister_called_miss_with_first_name():
    text = MANOR + (
        '\n"Miss Amy Penn is here," said Mrs. Gale.\n\nMiss Amy Penn bowed. "Is Miss Penn at home?" said Amy.\n'
        '\nAmy looked at Miss Penn, and Miss Penn looked at Amy. "Here I am," said Miss Penn to Amy.\n'
    )
    cast = cast_of(text, "en")
    assert owner(cast, "Miss Penn") != owner(cast, "Amy")


def test_a_wife_is_not_the_husband_whose_name_she_bears():
    text = MANOR + (
        '\n"Mrs. Harold Penn is ill," said Mrs. Gale.\n\n"Poor Mrs. Harold Penn," said Lucy. Mrs. Harold Penn slept.\n'
    )
    cast = cast_of(text, "en")
    assert owner(cast, "Mrs. Harold Penn") != owner(cast, "Harold")
    assert len({c.name for c in cast}) == len(cast)


def test_a_first_name_of_no_list_is_learnt_from_the_book():
    text = MANOR.replace("Harold", "Wendrick") + '\n"Wendrick Penn is late," said Mrs. Gale to Mr. Wendrick.\n'
    assert owner(cast_of(text, "en"), "Mr. Wendrick") == "Wendrick Penn"


def test_whoever_answers_to_a_name_bears_it():
    text = "".join(
        f'"{line}, Aunt Jude," said Lucy.\n\n"{line} indeed," said Mrs. Marsh.\n\n'
        for line in ("Rain", "Snow", "Hail") * 2
    )
    cast = cast_of(text + "Lucy looked at Aunt Jude. Mrs. Marsh sighed, and Lucy laughed.\n", "en")
    assert owner(cast, "Aunt Jude") == owner(cast, "Mrs. Marsh")
    assert owner(cast, "Lucy") != owner(cast, "Mrs. Marsh")


def test_a_narrator_who_says_i_is_found():
    text = '"Come," I said.\n\nMary looked at me. "Where?" said Mary.\n\n"Home," I said.\n\n"Now," said I.\n'
    assert [c.kind for c in cast_of(text, "en") if c.name == "I"] == ["narrator"]
    text = "　　我说：“走。”\n　　小梅问：“去哪儿？”\n　　我笑道：“回家。”\n　　小梅道：“现在？”\n　　我说：“现在。”\n"
    assert [c.kind for c in cast_of(text, "zh") if c.name == "我"] == ["narrator"]


def test_given_characters_win():
    given = (
        CastEntry(name="林若溪", aliases=("若溪", "林姑娘", "溪儿"), gender="female"),
        CastEntry(name="掌门", aliases=("沈怀山",), gender="male", note="师兄"),
    )
    cast = cast_of(RIVER, "zh", given)
    assert owner(cast, "溪儿") == "林若溪"
    assert owner(cast, "沈怀山") == "掌门"
    chief = next(c for c in cast if c.name == "掌门")
    assert (chief.note, chief.gender) == ("师兄", "male")
    assert len([c for c in cast if c.name == "林若溪"]) == 1


def test_no_name_belongs_to_two_given_characters():
    given = (CastEntry(name="林若溪"), CastEntry(name="沈怀山", aliases=("林姑娘",)))
    cast = cast_of(RIVER, "zh", given)
    names = [n for c in cast for n in (c.name, *c.aliases)]
    assert owner(cast, "林姑娘") == "沈怀山"
    assert names.count("林姑娘") == 1


def test_an_alias_can_hold_from_a_chapter_on():
    given = (CastEntry(name="林若溪", aliases=("阿归",), since={"阿归": 2}),)
    cast = cast_of(["　　阿归笑了。\n", "　　阿归哭了。阿归又笑了。\n"], "zh", given)
    assert cast[0].since == {"阿归": "c0002"}
    assert cast[0].mentions == 2


def test_lines_are_counted_and_sort_the_cast():
    cast = cast_of(RIVER, "zh")
    quotations = find_quotations(chapter(RIVER), language="zh", style=detect_style([chapter(RIVER)]))
    said = [q.model_copy(update={"speaker": "沈怀山"}) for q in quotations[:3]]
    counted = count_lines(cast, said)
    assert counted[0].name == "沈怀山"
    assert counted[0].lines == 3


@pytest.mark.parametrize(("text", "language"), [(RIVER, "zh"), (MANOR, "en")])
def test_no_two_characters_share_a_name(text, language):
    names = [n for c in cast_of(text, language) for n in (c.name, *c.aliases)]
    assert len(names) == len(set(names))


def test_numbered_sisters_stay_apart():
    text = "　　尤二姐笑道：“来了？”\n　　尤三姐道：“来了。”\n　　二姐又问：“冷么？”\n　　三姐说：“不冷。”\n"
    cast = cast_of(text * 2, "zh")
    assert owner(cast, "尤二姐") != owner(cast, "尤三姐")


def test_an_empty_novel_has_no_cast():
    assert cast_of("", "zh") == []
    assert cast_of("Nothing here.\n", "en") == []


FERRY = "　　老丁蹲在渡口抽烟。\n　　“船呢？”{0}问道。\n　　老丁说：“沉了。”\n　　{0}说：“走。”\n　　老丁又说：“吃。”\n"


@pytest.mark.parametrize(
    "name",
    ["温小舟", "李大山", "阿桑", "林小满", "王二", "赵雷", "陈六斤", "狗娃", "顾念", "云飞扬", "周不疑", "吕秀才"],
)
def test_explicit_cues_prove_a_name_however_alike_they_are(name):
    cast = cast_of(FERRY.format(name) * 3, "zh")
    assert {c.name for c in cast} == {name, "老丁"}


def test_a_surname_with_an_office_is_the_one_who_bears_the_surname():
    text = (
        "　　一个水吏走了过来，又来了两个水吏。水吏们都停下。\n　　马水吏说：“停。”\n　　“我不停。”阿桑说。\n"
        "　　马六合瞪着眼，喝道：“停船！”\n　　马水吏道：“还不停？”\n"
        "　　阿桑问：“为什么？”\n　　马六合说：“没有为什么。”\n"
    )
    cast = cast_of(text * 3, "zh")
    assert owner(cast, "马水吏") == owner(cast, "马六合") == "马六合"
    assert owner(cast, "水吏") != "马六合"


def test_a_title_belongs_to_the_one_who_answers_to_it():
    text = (
        "　　阿桑道：“师尊，雨停了么？”\n　　莫寒山道：“没有。”\n　　阿桑又问：“师尊，还走么？”\n　　莫寒山说：“走。”\n"
        "　　林小满说：“师尊，我怕。”\n　　莫寒山笑道：“怕什么？”\n"
    )
    assert owner(cast_of(text * 3, "zh"), "师尊") == "莫寒山"


def test_surname_name_and_style_are_one_person():
    text = (
        "　　那人姓秦，名朗，字元白。\n　　秦朗道：“走。”\n　　元白笑道：“去哪？”\n"
        "　　阿桑问：“哪？”\n　　秦朗说：“现在。”\n"
    )
    cast = cast_of(text * 3, "zh")
    assert owner(cast, "元白") == owner(cast, "秦朗") == "秦朗"


def test_pieces_of_clauses_are_no_characters():
    text = RIVER + "　　若溪大怒，冷笑道：“好。”\n　　怀山大喜，拱手道：“多谢。”\n　　人报：“来了。”\n" * 3
    names = {n for c in cast_of(text, "zh") for n in (c.name, *c.aliases)}
    assert not {n for n in names if n[-1] in "怒喜" or n.startswith("人")}


@pytest.mark.parametrize(
    ("name", "surname", "title"),
    [("欧阳锋", "欧阳", ""), ("张大夫", "张", "大夫"), ("黛玉", "", ""), ("周瑞家的", "周", "家的")],
)
def test_chinese_names_are_taken_apart(name, surname, title):
    assert (surname_of(name), title_of(name)) == (surname, title)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Mr. Darnell", ("mr", "", "Darnell")),
        ("Miss Eliza Darnell", ("miss", "Eliza", "Darnell")),
        ("Aunt Judith", ("aunt", "Judith", "")),
        ("Darnell", ("", "", "Darnell")),
        ("Eliza", ("", "Eliza", "")),
    ],
)
def test_english_names_are_taken_apart(name, parts):
    surnames = surnames_of({"Mr. Darnell": 3, "Eliza Darnell": 2})
    taken = take_apart(name, surnames)
    assert (taken.title, taken.first, taken.last) == parts
