"""Characters that can't be seen, or that change the direction of text (docs/decisions/0039-invisible-characters.md)."""

import re
import unicodedata
from functools import cache

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_VIRAMA = 9  # canonical combining class
# The scripts of UAX #31, Table 5, in which a virama makes conjuncts, so that a joiner after it changes how they look.
_CONJUNCT_SCRIPTS = frozenset(
    {"DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA"}
)
_RA_WITH_YA = "\u09b0\u200d\u09cd"  # Bengali, in words such as RAM (Unicode, 12.2: ya-phalaa after ra)
_TAMIL_KSSA = "\u0b95\u0bcd\u200c\u0bb7"  # ka and ssa form the only conjunct that Tamil breaks
# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt), and blanks that lack the property.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\u2800\U00016fe4\U0001d159]"
)
# Format, private use, unassigned, line separator and paragraph separator.
_CATEGORIES = frozenset({"Cf", "Co", "Cn", "Zl", "Zp"})
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")  # an emoji tag sequence (UTS #51, ED-14a)
# Embeddings, overrides and isolates (UAX #9), interlinear annotations, and tags outside flags.
_MISLEADING = re.compile("[\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f]")


def hidden_in_label(value: str) -> str:
    """The first character of a label that can't be seen or changes the direction; empty if there is none.

    A joiner that changes how a word of an Arabic or Indic script is written is not such a character.
    """
    for place, character in enumerate(value):
        if is_hidden(character) and not _is_joiner_in_place(value, place):
            return character
    return ""


def first_hidden(value: str) -> str:
    """The first character that can't be seen or changes the direction, joiners included; empty if there is none."""
    return next(filter(is_hidden, value), "")


def misleading_in_prose(value: str) -> str:
    """The first character of a longer text that makes it read otherwise than it is; empty if there is none."""
    found = _MISLEADING.search(_FLAG.sub("", value))
    return found[0] if found else ""


def is_hidden(character: str) -> bool:
    return bool(_IGNORABLE.match(character)) or unicodedata.category(character) in _CATEGORIES


def code_point(character: str) -> str:
    """For instance "U+200B (ZERO WIDTH SPACE)"; only the number if the character has no name."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def visible(value: str) -> str:
    """`value` with each hidden or control character replaced by its number, U+200B."""
    return "".join(f"U+{ord(c):04X}" if is_hidden(c) or unicodedata.category(c) in {"Cc", "Cs"} else c for c in value)


def with_plain_spaces(value: str) -> str:
    """`value` with one U+0020 for each run of spaces of any width (RFC 8266, 2.1)."""
    return re.sub(" +", " ", "".join(" " if unicodedata.category(c) == "Zs" else c for c in value))


def without_joiners(value: str) -> str:
    """`value` without ZWJ and ZWNJ. Their effect depends on the font, so two texts that differ in them are twins.

    A skeleton (UTS #39, 4) has no ignorable characters either.
    """
    return value.replace(_ZWJ, "").replace(_ZWNJ, "")


def _is_joiner_in_place(value: str, place: int) -> bool:
    """Returns whether the character is ZWJ or ZWNJ in a context of UAX #31, 2.3.1 (rules A1, A2 and B), or a Bengali
    ra's ZWJ.
    """
    joiner, before, after = value[place], _without_marks(value[:place][::-1]), _without_marks(value[place + 1 :])
    if joiner not in (_ZWNJ, _ZWJ) or not before:
        return False
    if unicodedata.combining(value[place - 1]) == _VIRAMA:
        return _is_after_virama(value, place, before, after)
    joining_before, joining_after = _cursive_letters()
    arabic = joiner == _ZWNJ and before in joining_before and after in joining_after
    return arabic or value[place - 1 : place + 2] == _RA_WITH_YA


def _is_after_virama(value: str, place: int, before: str, after: str) -> bool:
    """Rules A2 and B, in one script: before a letter, or for ZWJ at the end of a word too, but not before a vowel."""
    script, following = _script(value[place - 1]), value[place + 1 : place + 2]
    letter_follows = unicodedata.category(after or " ").startswith("L")
    if script not in _CONJUNCT_SCRIPTS or _script(before) != script or (letter_follows and _script(after) != script):
        return False
    if script == "TAMIL":
        return value[place - 2 : place + 2] == _TAMIL_KSSA
    return letter_follows if value[place] == _ZWNJ else "VOWEL SIGN" not in unicodedata.name(following or " ", "")


def _script(character: str) -> str:
    """The first word of the character's name, which is its script in all of _CONJUNCT_SCRIPTS."""
    return unicodedata.name(character, "").partition(" ")[0]


def _without_marks(value: str) -> str:
    """The first character that is not a mark; empty if there is none."""
    return next((c for c in value if not unicodedata.category(c).startswith("M")), "")


@cache
def _cursive_letters() -> tuple[frozenset[str], frozenset[str]]:
    """The Arabic letters that connect to the next letter, and those that connect to the one before.

    Joining_Type is not in unicodedata. The letters with an initial form connect to the next letter, and the letters
    with a final form to the one before (Arabic Presentation Forms A and B).
    """
    forms: dict[str, set[str]] = {"<initial>": set(), "<final>": set()}
    for number in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFF00)):
        form, *letters = unicodedata.decomposition(chr(number)).split() or [""]
        if form in forms and len(letters) == 1:
            forms[form].add(chr(int(letters[0], 16)))
    return frozenset(forms["<initial>"]), frozenset(forms["<final>"])
