"""A word without its ending, so that cases do not matter. Rough and fast: for comparing, not for showing."""

import re
from functools import lru_cache

#: The longest ending goes; three letters always stay.
_ENDING = re.compile(
    r"(?<=[а-я]{3})(?:ыми|ими|ого|его|ому|ему|ами|ями|иям|иях|ией|ием|ует|уют|ают|яют|ется|ются|ится|ятся|"
    r"лась|лось|лись|ать|ять|ить|еть|ала|али|ило|ила|или|ена|ены|ено|"
    r"ый|ий|ой|ая|яя|ое|ее|ые|ие|ым|им|ом|ем|ую|юю|ых|их|ою|ею|ам|ям|ах|ях|ей|ия|ии|ию|ие|ет|ит|ут|ют|ат|ят|ть|"
    r"ла|ло|ли|а|я|о|е|и|ы|у|ю|ь|й)$"
)
_OWNER = re.compile(r"(?<=[а-я]{3})(?:ов|ев)$")  # «льгове» loses one ending, «льгов» the other
_VOWELS = re.compile(r"(?<!^)[аеёиоуыэюяйьъ]")
#: Vowels that are heard alike and so confused in writing.
_HEARD = str.maketrans("оеэяы", "аииии", "йьъ")
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Of one folded word: «юбилейной» and «юбилейная» → «юбилейн»."""
    return _OWNER.sub("", _ENDING.sub("", word)) if len(word) > 3 else word


@lru_cache(maxsize=20_000)
def make_skeleton(word: str) -> str:
    """The stem's consonants, doubled ones once, so that a slip of the pen in a name does not matter: «рркоссовского»
    and «рокосовский» → «рксвск». A stem with fewer than four consonants stays whole."""
    whole = stem(word)
    bones = _TWICE.sub(r"\1", _VOWELS.sub("", whole))
    return bones if len(bones) > 3 else whole


@lru_cache(maxsize=20_000)
def make_sound(word: str) -> str:
    """The stem as it is heard: «смородиновой» and «смародинновая» are one, «тюменская» and «таманская» stay two. For
    what must not be taken for another, where a skeleton says too little."""
    return _TWICE.sub(r"\1", stem(word).translate(_HEARD))
