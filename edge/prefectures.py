"""The 47 prefectures by ISO 3166-2, and what people write for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

NAMES: tuple[tuple[str, str], ...] = (
    ("北海道", "Hokkaido"), ("青森県", "Aomori"), ("岩手県", "Iwate"), ("宮城県", "Miyagi"),
    ("秋田県", "Akita"), ("山形県", "Yamagata"), ("福島県", "Fukushima"), ("茨城県", "Ibaraki"),
    ("栃木県", "Tochigi"), ("群馬県", "Gunma"), ("埼玉県", "Saitama"), ("千葉県", "Chiba"),
    ("東京都", "Tokyo"), ("神奈川県", "Kanagawa"), ("新潟県", "Niigata"), ("富山県", "Toyama"),
    ("石川県", "Ishikawa"), ("福井県", "Fukui"), ("山梨県", "Yamanashi"), ("長野県", "Nagano"),
    ("岐阜県", "Gifu"), ("静岡県", "Shizuoka"), ("愛知県", "Aichi"), ("三重県", "Mie"),
    ("滋賀県", "Shiga"), ("京都府", "Kyoto"), ("大阪府", "Osaka"), ("兵庫県", "Hyogo"),
    ("奈良県", "Nara"), ("和歌山県", "Wakayama"), ("鳥取県", "Tottori"), ("島根県", "Shimane"),
    ("岡山県", "Okayama"), ("広島県", "Hiroshima"), ("山口県", "Yamaguchi"), ("徳島県", "Tokushima"),
    ("香川県", "Kagawa"), ("愛媛県", "Ehime"), ("高知県", "Kochi"), ("福岡県", "Fukuoka"),
    ("佐賀県", "Saga"), ("長崎県", "Nagasaki"), ("熊本県", "Kumamoto"), ("大分県", "Oita"),
    ("宮崎県", "Miyazaki"), ("鹿児島県", "Kagoshima"), ("沖縄県", "Okinawa"),
)  # fmt: skip
"""Japanese and English name, in the order of their codes: JP-01 is Hokkaido."""

SUFFIXES = ("都", "道", "府", "県")
ROMAN_SUFFIXES = ("-to", "-do", "-fu", "-ken", " prefecture", " metropolis")


def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for number, (japanese, roman) in enumerate(NAMES, start=1):
        code = f"JP-{number:02d}"
        short = japanese if japanese == "北海道" else japanese.rstrip("".join(SUFFIXES))
        for spelling in (code, japanese, short, roman, *(roman + suffix for suffix in ROMAN_SUFFIXES)):
            found[spelling.casefold()] = code
    # The rule of the suffix would make 京都府 into 京, since 都 is one as well.
    found["京都"] = "JP-26"
    del found["京"]
    return found


CODES: Mapping[str, str] = MappingProxyType(_spellings())

MACRONS = str.maketrans({"ō": "o", "ū": "u", "Ō": "O", "Ū": "U"})


def code(written: str) -> str | None:
    """`JP-13` for JP-13, 東京都, 東京, Tokyo, Tokyo-to, Tōkyō; None for what is none of the 47."""
    return CODES.get(unicodedata.normalize("NFKC", written).translate(MACRONS).strip().casefold())
