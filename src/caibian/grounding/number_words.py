"""Number words of English, Arabic and Hindi. Arabic is listed as `folding.fold` leaves it (ا for أ)."""

from __future__ import annotations

from caibian.grounding.folding import listed


def _numbered(words: str, start: int = 0) -> dict[str, int]:
    """Words in counting order; a bar divides spellings of one number."""
    return {
        spelling: start + i for i, spellings in enumerate(words.split()) for spelling in spellings.split("|")
    }


ENGLISH = _numbered(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
) | {
    word: 10 * i
    for i, word in enumerate(listed("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
}
ENGLISH_SCALES = {
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
    "lakh": 10**5,
    "crore": 10**7,
}

ARABIC = {
    spelling: value
    for value, spellings in {
        1: "واحد واحدة", 2: "اثنان اثنين اثنتان اثنتين", 3: "ثلاثة ثلاث", 4: "اربعة اربع", 5: "خمسة خمس", 6: "ستة ست",
        7: "سبعة سبع", 8: "ثمانية ثمان ثماني", 9: "تسعة تسع", 10: "عشرة عشر", 20: "عشرون عشرين", 30: "ثلاثون ثلاثين",
        40: "اربعون اربعين", 50: "خمسون خمسين", 60: "ستون ستين", 70: "سبعون سبعين", 80: "ثمانون ثمانين",
        90: "تسعون تسعين", 200: "مئتان مئتين مائتان مائتين", 300: "ثلاثمئة ثلاثمائة", 400: "اربعمئة اربعمائة",
        500: "خمسمئة خمسمائة", 600: "ستمئة ستمائة", 700: "سبعمئة سبعمائة", 800: "ثمانمئة ثمانمائة", 900: "تسعمئة تسعمائة",
        2000: "الفان الفين", 2_000_000: "مليونان مليونين",
    }.items()
    for spelling in spellings.split()
}  # fmt: skip
ARABIC_SCALES = {
    spelling: value
    for value, spellings in {
        100: "مئة مائة", 1000: "الف الفا الاف", 10**6: "مليون مليونا ملايين", 10**9: "مليار مليارا مليارات بليون",
        10**12: "تريليون",
    }.items()
    for spelling in spellings.split()
}  # fmt: skip

HINDI = _numbered(
    "शून्य एक दो तीन चार पांच|पाँच छह|छः|छे सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह|पन्द्रह सोलह सत्रह अठारह उन्नीस बीस इक्कीस "
    "बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस|अठाईस उनतीस तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस "
    "चालीस इकतालीस बयालीस तैंतालीस चौवालीस|चवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास पचास इक्यावन बावन तिरपन चौवन पचपन "
    "छप्पन सत्तावन अट्ठावन|अठावन उनसठ साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर सत्तर इकहत्तर बहत्तर तिहत्तर "
    "चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी|अठासी नवासी "
    "नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे|अठानवे निन्यानवे"
)
HINDI_SCALES = {
    "सौ": 100,
    "हजार": 1000,
    "हज़ार": 1000,
    "लाख": 10**5,
    "करोड़": 10**7,
    "अरब": 10**9,
    "मिलियन": 10**6,
    "बिलियन": 10**9,
}

# After digits only, as "$5m" and "1.2bn".
SHORT_SCALES = {"mn": 10**6, "m": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12, "k": 1000}
VAGUE_PLURALS = {"dozens": 12, "hundreds": 100, "thousands": 1000, "millions": 10**6, "billions": 10**9,
                 "عشرات": 10, "مئات": 100, "सैकड़ों": 100, "हजारों": 1000, "हज़ारों": 1000,
                 "लाखों": 10**5, "करोड़ों": 10**7}  # fmt: skip
FRACTIONS = {"half": 50.0, "a third": 100 / 3, "one third": 100 / 3, "one-third": 100 / 3, "two thirds": 200 / 3,
             "two-thirds": 200 / 3, "a quarter": 25.0, "one quarter": 25.0, "one-quarter": 25.0,
             "three quarters": 75.0, "three-quarters": 75.0, "نصف": 50.0, "ثلث": 100 / 3, "ربع": 25.0,
             "आधे": 50.0, "आधा": 50.0, "आधी": 50.0}  # fmt: skip
