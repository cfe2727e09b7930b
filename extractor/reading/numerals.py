"""Numbers as headings print them: digits of any width, Chinese numerals, Roman numerals, English words."""

from __future__ import annotations

import re

HAN_DIGITS = {
    char: value for value, chars in enumerate(("零〇○Ｏ", "一壹弌", "二贰貳两兩弍", "三叁參弎")) for char in chars
}
HAN_DIGITS |= {
    char: value for value, chars in enumerate(("四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖"), 4) for char in chars
}
HAN_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "萬": 10_000}
HAN_TENS = {"廿": 20, "卄": 20, "卅": 30, "卌": 40}
HAN_NUMERAL = "[" + "".join((*HAN_DIGITS, *HAN_UNITS, *HAN_TENS)) + "]"

ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,4})(?:XC|XL|L?X{0,4})(?:IX|IV|V?I{0,4})")
ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}

ENGLISH_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
ENGLISH_ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
ENGLISH = {word: value for value, word in enumerate(ENGLISH_ONES.split())}
ENGLISH |= {word: 10 * value for value, word in enumerate(ENGLISH_TENS.split(), 2)}
ENGLISH |= {word: value for value, word in enumerate(ENGLISH_ORDINALS.split(), 1)}
ENGLISH_NUMERAL = (
    r"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[- ](?:one|two|three|four|five|six|seven|eight|nine|"
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|"
    + "|".join(sorted(ENGLISH, key=len, reverse=True))
    + ")"
)


def read_number(numeral: str) -> int | None:
    """Return the value of a numeral, None where it is none: 第一二零回's 一二零 -> 120, 一百零五 -> 105, XL -> 40."""
    numeral = numeral.strip()
    if not numeral or len(numeral) > 30:
        return None
    if numeral.isdecimal():
        return int(numeral) if len(numeral) <= 9 else None
    if all(char in HAN_DIGITS or char in HAN_UNITS or char in HAN_TENS or char.isdecimal() for char in numeral):
        return _read_han(numeral)
    if numeral.isascii() and numeral.replace("-", "").replace(" ", "").isalpha():
        roman = _read_roman(numeral)
        return roman if roman is not None else _read_english(numeral)
    return None


def _read_han(numeral: str) -> int | None:
    """Read a Chinese numeral: positional (一二零), with units (一百二十), or mixed (1千2百)."""
    if not any(char in HAN_UNITS or char in HAN_TENS for char in numeral):
        digits = "".join(str(HAN_DIGITS.get(char, char)) for char in numeral)
        return int(digits) if len(digits) <= 9 else None
    total = section = pending = 0
    for char in numeral:
        if char in HAN_TENS:
            section, pending = section + HAN_TENS[char], 0
        elif char in HAN_UNITS:
            unit = HAN_UNITS[char]
            if unit == 10_000:
                total, section, pending = (total + section + pending) * unit, 0, 0
            else:
                section, pending = section + (pending or 1) * unit, 0
        else:
            digit = HAN_DIGITS[char] if char in HAN_DIGITS else int(char)
            pending = pending * 10 + digit
    number = total + section + pending
    return number if number < 10**9 else None


def _read_roman(numeral: str) -> int | None:
    """Read a Roman numeral in one case; sloppy forms such as XXXX and VIIII are read, too."""
    upper = numeral.upper()
    if numeral not in (upper, upper.lower()) or not ROMAN.fullmatch(upper):
        return None
    values = [ROMAN_VALUES[char] for char in upper]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def _read_english(numeral: str) -> int | None:
    """Read English number words up to ninety-nine."""
    values = [ENGLISH.get(word) for word in re.split(r"[- ]", numeral.lower())]
    if len(values) > 2 or any(value is None for value in values):
        return None
    return sum(value for value in values if value is not None)
