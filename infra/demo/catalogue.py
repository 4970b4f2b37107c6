"""What the shop sells: one product per stock code of the lines."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median_low
from typing import NamedTuple

from infra.demo.lines import Line

CURRENCY = "GBP"
OTHER = "Gifts"
CATEGORIES = {
    "Christmas": "CHRISTMAS XMAS ADVENT SNOWFLAKE SNOWMAN REINDEER SANTA BAUBLE ANGEL",
    "Bags": "BAG BAGS SHOPPER PURSE BACKPACK RUCKSACK",
    "Lights and candles": "LIGHT LIGHTS CANDLE CANDLES LANTERN LAMP CANDLEHOLDER CANDLESTICK INCENSE HOLDER",
    "Kitchen": "KITCHEN JUG SPOONS TOWEL TRAY APRON CUTLERY JAM RECIPE BREAD EGG BOTTLE LUNCH NAPKINS",
    "Tea table": "TEA TEAPOT MUG CUP CUPS COFFEE CAKE CAKES CAKESTAND BOWL PLATE PLATES",
    "Paper and cards": "CARD CARDS PAPER NOTEBOOK PENCIL PENCILS PEN WRAP STICKERS ENVELOPES JOURNAL BOOK TAGS TISSUE",
    "Jewellery": "NECKLACE EARRINGS BRACELET RING RINGS BROOCH HAIR KEYRING CHARM BEADS",
    "Toys and games": "TOY TOYS GAME GAMES PUZZLE DOLL DOLLY CHILDRENS SKITTLES DOMINOES JIGSAW MICE FELTCRAFT PLAYHOUSE",
    "Garden": "GARDEN PLANT PLANTER FLOWER FLOWERS WATERING BIRD PARASOL HERB UMBRELLA",
    "Home": "CLOCK CUSHION DOORMAT FRAME SIGN MIRROR BOX DRAWER HOOK HANGER STORAGE TIN CABINET STOOL THROW QUILT VASE",
}
"""A product belongs to the first category of which one word stands in its name; without any it is a gift."""

_WORDS = tuple((label, frozenset(words.split())) for label, words in CATEGORIES.items())
COLUMNS = ("sku", "name", "category", "unit_price", "currency", "low_stock_threshold")
LONGEST_NAME = 100


class Product(NamedTuple):
    """`pence` is the price of one piece in the smallest unit of CURRENCY."""

    code: str
    name: str
    category: str
    pence: int


def products(lines: Iterable[Line]) -> list[Product]:
    """One per code. Its price is the median of its lines, the lower one of two, which somebody really paid.

    Its name is the one written most often, the earlier of two.
    """
    by_code: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_code[line.code].append(line)
    return [_product(code, same) for code, same in sorted(by_code.items())]


def category(name: str) -> str:
    words = frozenset(re.findall(r"[A-Z]+", name.upper()))
    return next((label for label, marks in _WORDS if words & marks), OTHER)


def as_csv(shelf: Mapping[str, Product]) -> str:
    """What `POST /v1/product-imports` reads, by sku. Nothing warns of low stock: the shelves are meant to run empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((sku, one.name, one.category, one.pence, CURRENCY, 0) for sku, one in shelf.items())
    return text.getvalue()


def _product(code: str, same: Sequence[Line]) -> Product:
    (name, _), *_ = Counter(line.name for line in same).most_common(1)
    named = name[:LONGEST_NAME].strip() or code
    return Product(code, named, category(named), median_low([line.pence for line in same]))
