import time

from hypothesis import given
from hypothesis import strategies as st

from extractor.reading.sentences import content_words, narration_sentences, speech_sentences, split_texts
from extractor.records import Chapter, Quotation


def chapter_of(*paragraphs):
    text = "\n".join(paragraphs)
    spans, start = [], 0
    for paragraph in paragraphs:
        spans.append((start, start + len(paragraph)))
        start += len(paragraph) + 1
    return Chapter(id="c0001", position=1, start=0, end=len(text), text=text, paragraphs=tuple(spans))


def quotation_at(chapter, words, number=1, **fields):
    start = chapter.text.index(words)
    return Quotation(
        id=f"c0001-q{number:03d}",
        chapter="c0001",
        spans=((start, start + len(words)),),
        text=words,
        paragraph=chapter.paragraph_at(start),
        **fields,
    )


def test_narration_leaves_out_every_sentence_that_touches_speech():
    chapter = chapter_of("天亮了。老周说：“开船。”他解开绳子。", "“走吧。”", "河上起了雾。")
    quotations = [quotation_at(chapter, "开船。"), quotation_at(chapter, "走吧。", 2)]
    found = narration_sentences(chapter, quotations, language="zh")
    assert [(s.paragraph, s.text) for s in found] == [(1, "天亮了。"), (1, "他解开绳子。"), (3, "河上起了雾。")]
    assert all(chapter.text[s.start : s.end] == s.text for s in found)


def test_marked_text_that_nobody_says_is_narration():
    chapter = chapter_of("木牌上写着“渡口”，字掉了一半。")
    sign = quotation_at(chapter, "渡口", kind="other")
    assert [s.text for s in narration_sentences(chapter, [sign], language="zh")] == [chapter.text]


def test_speech_comes_in_sentences_with_its_quotation():
    chapter = chapter_of("“雾来了。快走！”老周说。")
    quotation = quotation_at(chapter, "雾来了。快走！", speaker="老周")
    found = speech_sentences(chapter, [quotation], language="zh")
    assert [s.text for s in found] == ["雾来了。", "快走！"]
    assert {s.quotation.speaker for s in found} == {"老周"}


def test_english_abbreviations_end_no_sentence():
    text = "Mr. Hale met Dr. Pym. They shook hands."
    [spans] = split_texts([text], language="en")
    assert [text[a:b] for a, b in spans] == ["Mr. Hale met Dr. Pym.", "They shook hands."]


def test_an_old_full_stop_ends_a_sentence():
    text = "宝玉笑了．众人也笑了．"
    [spans] = split_texts([text], language="zh")
    assert len(spans) == 2


@given(st.text(alphabet="他说走了。！？…” \n\u3000", max_size=60))
def test_sentences_lie_in_order_and_lose_only_white_space(text):
    [spans] = split_texts([text], language="zh")
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())


def test_content_words_leave_out_what_says_nothing():
    assert "没有" not in content_words("他没有带木槌", language="zh")
    assert "木槌" in content_words("他没有带木槌", language="zh")
    assert content_words("She was the Keeper of a jar", language="en") == ["keeper", "jar"]


def test_a_long_text_without_marks_takes_linear_time():
    began = time.perf_counter()
    list(split_texts(["水" * 200_000, "。" * 200_000], language="zh"))
    assert time.perf_counter() - began < 2
