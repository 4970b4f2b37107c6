"""Where the parcels go: to the seat of one of the 47 prefectures, under a name that nobody bears."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

PLACES = (
    ("060-8588", "札幌市中央区"), ("030-8570", "青森市"), ("020-8570", "盛岡市"), ("980-8570", "仙台市青葉区"),
    ("010-8570", "秋田市"), ("990-8570", "山形市"), ("960-8670", "福島市"), ("310-8555", "水戸市"),
    ("320-8501", "宇都宮市"), ("371-8570", "前橋市"), ("330-9301", "さいたま市浦和区"), ("260-8667", "千葉市中央区"),
    ("163-8001", "新宿区"), ("231-8588", "横浜市中区"), ("950-8570", "新潟市中央区"), ("930-8501", "富山市"),
    ("920-8580", "金沢市"), ("910-8580", "福井市"), ("400-8501", "甲府市"), ("380-8570", "長野市"),
    ("500-8570", "岐阜市"), ("420-8601", "静岡市葵区"), ("460-8501", "名古屋市中区"), ("514-8570", "津市"),
    ("520-8577", "大津市"), ("602-8570", "京都市上京区"), ("540-8570", "大阪市中央区"), ("650-8567", "神戸市中央区"),
    ("630-8501", "奈良市"), ("640-8585", "和歌山市"), ("680-8570", "鳥取市"), ("690-8501", "松江市"),
    ("700-8570", "岡山市北区"), ("730-8511", "広島市中区"), ("753-8501", "山口市"), ("770-8570", "徳島市"),
    ("760-8570", "高松市"), ("790-8570", "松山市"), ("780-8570", "高知市"), ("812-8577", "福岡市博多区"),
    ("840-8570", "佐賀市"), ("850-8570", "長崎市"), ("862-8570", "熊本市中央区"), ("870-8501", "大分市"),
    ("880-8501", "宮崎市"), ("890-8577", "鹿児島市"), ("900-8570", "那覇市"),
)  # fmt: skip
"""Postcode and town of each prefecture's office, in the order of ISO 3166-2: the first is JP-01."""

GIVEN = ("一番", "二番", "三番", "花", "風", "雪", "月", "空", "海", "山")


def draw(chance: Random) -> Mapping[str, str]:
    """A shipping address as `POST /v1/orders` takes it. Numbers that begin with 090-0000 are given to nobody."""
    number = chance.randrange(len(PLACES))
    postal_code, town = PLACES[number]
    return {
        "postal_code": postal_code,
        "prefecture": f"JP-{number + 1:02d}",
        "city": town,
        "line1": f"見本町{chance.randrange(1, 9)}-{chance.randrange(1, 30)}",
        "recipient": f"見本 {chance.choice(GIVEN)}",
        "phone": f"090-0000-{chance.randrange(10_000):04d}",
    }
