"""What is wrong with a request, field by field, in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from edge.languages import Language
from edge.problems import Problem

MOST_ERRORS = 20

JAPANESE: Mapping[str, str] = MappingProxyType({
    "missing": "必須項目です",
    "extra_forbidden": "この項目は受け付けられません",
    "int_type": "整数で指定してください",
    "int_from_float": "整数で指定してください",
    "int_parsing": "整数で指定してください",
    "int_parsing_size": "値が大きすぎます",
    "string_type": "文字列で指定してください",
    "bool_type": "真偽値で指定してください",
    "dict_type": "オブジェクトで指定してください",
    "model_type": "オブジェクトで指定してください",
    "model_attributes_type": "オブジェクトで指定してください",
    "tuple_type": "配列で指定してください",
    "greater_than_equal": "{ge} 以上で指定してください",
    "less_than_equal": "{le} 以下で指定してください",
    "string_too_short": "{min_length} 文字以上で指定してください",
    "string_too_long": "{max_length} 文字以内で指定してください",
    "string_pattern_mismatch": "形式が正しくありません",
    "too_short": "{min_length} 件以上必要です",
    "too_long": "{max_length} 件以内で指定してください",
    "literal_error": "{expected} のいずれかを指定してください",
    "forbidden_character": "使用できない文字 U+{code} が含まれています",
    "blank": "空白のみは指定できません",
    "email": "メールアドレス (例: taro@example.jp) を指定してください",
    "postal_code": "郵便番号の形式 (例: 100-0001) で指定してください",
    "prefecture": "都道府県 (例: JP-13、東京都) を指定してください",
    "phone": "電話番号 (例: 090-1234-5678) を指定してください",
    "datetime_type": "RFC 3339 の日時で指定してください",
    "datetime_parsing": "RFC 3339 の日時で指定してください",
    "datetime_from_date_parsing": "RFC 3339 の日時で指定してください",
    "timezone_aware": "タイムゾーン付きの日時で指定してください",
    "value_error": "値が正しくありません",
})  # fmt: skip


def problem(error: ValidationError, language: Language) -> Problem:
    """422 with the first mistakes; 400 when the body was no JSON at all. The input itself is never echoed."""
    errors = error.errors(include_url=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in errors):
        return Problem("malformed-request", "The body is not JSON.")
    return Problem(
        "invalid-request",
        errors=[(_field(one["loc"]), _detail(one, language)) for one in errors[:MOST_ERRORS]],
    )


def _field(location: tuple[int | str, ...]) -> str:
    """`items[0].quantity`; `body` when the whole of it is meant. Odd names from outside are cut short."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step[:64]}"
    return path.removeprefix(".") or "body"


def _detail(error: Any, language: Language) -> str:
    if language == "ja" and (pattern := JAPANESE.get(error["type"])):
        return pattern.format(**error.get("ctx", {}))
    return str(error["msg"])
