"""Every "no" of the edge as RFC 9457 problem+json: one table of kinds, one of business reasons, both bilingual.

Problem             an answer that ends the request; raised anywhere below the gate
KINDS               what the edge itself refuses
REASONS             what a domain refused (S3-52 …): 409 a conflict with the present state, 422 a request that
                    can never be right as it stands
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from edge.languages import Language

MEDIA_TYPE = "application/problem+json"


class Text(NamedTuple):
    """A status with its title in English and Japanese."""

    status: int
    en: str
    ja: str

    def title(self, language: Language) -> str:
        return self.ja if language == "ja" else self.en


KINDS: Mapping[str, Text] = MappingProxyType({
    "malformed-request": Text(400, "The request cannot be read", "リクエストを読み取れません"),
    "idempotency-key-required": Text(400, "The Idempotency-Key header is required", "Idempotency-Key ヘッダーが必要です"),
    "invalid-header": Text(400, "A request header is not valid", "リクエストヘッダーが正しくありません"),
    "unauthenticated": Text(401, "A valid bearer token is required", "有効なベアラートークンが必要です"),
    "invalid-signature": Text(401, "The signature is not valid", "署名が正しくありません"),
    "forbidden": Text(403, "This is not allowed for your role", "この操作を行う権限がありません"),
    "not-found": Text(404, "There is no such thing", "見つかりません"),
    "method-not-allowed": Text(405, "This method is not allowed here", "このメソッドは使えません"),
    "not-acceptable": Text(406, "No acceptable representation", "要求された形式では応答できません"),
    "request-timeout": Text(408, "The request took too long to arrive", "リクエストの受信に時間がかかりすぎました"),
    "content-too-large": Text(413, "The request body is too large", "リクエストの本文が大きすぎます"),
    "uri-too-long": Text(414, "The address is too long", "アドレスが長すぎます"),
    "unsupported-media-type": Text(415, "Unsupported content type", "対応していないコンテンツタイプです"),
    "invalid-request": Text(422, "The request is not valid", "リクエストの内容が正しくありません"),
    "idempotency-key-reused": Text(
        422, "The Idempotency-Key was used with another request", "Idempotency-Key が別の内容で使われています"
    ),
    "upgrade-required": Text(426, "This address speaks WebSocket", "このアドレスは WebSocket 専用です"),
    "too-many-requests": Text(429, "Too many requests", "リクエストが多すぎます"),
    "headers-too-large": Text(431, "The request headers are too large", "リクエストヘッダーが大きすぎます"),
    "internal": Text(500, "Something went wrong on our side", "サーバー内部でエラーが発生しました"),
    "overloaded": Text(503, "The service is busy, please retry", "混み合っています。後でもう一度お試しください"),
    "maintenance": Text(503, "Under maintenance", "緊急メンテナンス中です"),
    "late": Text(504, "The answer did not come in time", "時間内に応答がありませんでした"),
})  # fmt: skip

REASONS: Mapping[str, Text] = MappingProxyType({
    "insufficient_stock": Text(409, "Not enough stock", "在庫が不足しています"),
    "reservation_expired": Text(409, "The reservation has expired", "予約の有効期限が切れています"),
    "insufficient_funds": Text(409, "Not enough money in the wallet", "残高が不足しています"),
    "card_declined": Text(409, "The card was declined", "カードが承認されませんでした"),
    "refund_declined": Text(409, "The provider does not give the money back", "決済事業者が返金を承認しませんでした"),
    "exceeds_captured": Text(409, "More than what was captured", "決済額を超えています"),
    "invalid_state": Text(409, "Not possible in its present state", "現在の状態では実行できません"),
    "limit_exceeded": Text(409, "The balance would be too large", "残高の上限を超えます"),
    "already_exists": Text(409, "It exists already, with other data", "同じ ID が別の内容ですでに登録されています"),
    "currency_mismatch": Text(422, "The currencies differ", "通貨が一致しません"),
    "unknown_product": Text(422, "There is no such product", "商品が見つかりません"),
    "unknown_order": Text(422, "There is no such order", "注文が見つかりません"),
    "unknown_payment": Text(422, "There is no such payment", "決済が見つかりません"),
    "unknown_shipment": Text(422, "There is no such shipment", "配送が見つかりません"),
    "unknown_user": Text(422, "There is no such user", "ユーザーが見つかりません"),
    "inactive_user": Text(409, "The user is suspended", "ユーザーは停止中です"),
    "conflict": Text(409, "Somebody else has changed it meanwhile", "ほかの変更と競合しています"),
    "invalid_email": Text(422, "The e-mail address is not valid", "メールアドレスが正しくありません"),
    "check_user_timeout": Text(409, "The user could not be checked in time", "ユーザーの確認が時間内に完了しませんでした"),
    "unknown_task": Text(422, "There is no such task", "タスクが見つかりません"),
    "unknown_notification": Text(422, "There is no such notification", "通知が見つかりません"),
    "invalid_address": Text(422, "The address is not valid", "住所が正しくありません"),
    "invalid_csv": Text(422, "The file is not the CSV that was asked for", "CSV ファイルの形式が正しくありません"),
    "impossible_prices": Text(422, "The file has prices that cannot be", "ありえない株価が含まれています"),
    "mixed_symbols": Text(422, "The file is not about one symbol", "複数の銘柄が混在しています"),
    "unknown_symbol": Text(422, "Nobody said which symbol it is", "銘柄コードがわかりません"),
    "unknown_alert": Text(422, "There is no such price alert", "株価アラートが見つかりません"),
    "other_exchange": Text(409, "The symbol is known on another exchange", "この銘柄は別の取引所で登録されています"),
    "reserve_timeout": Text(409, "The stock could not be reserved in time", "在庫の確保が時間内に完了しませんでした"),
    "charge_timeout": Text(409, "The payment was not decided in time", "決済が時間内に完了しませんでした"),
    "arrange_shipment_timeout": Text(409, "The shipment was not arranged in time", "配送手配が時間内に完了しませんでした"),
    "operator": Text(409, "An operator undid it", "担当者によって取り消されました"),
    "total_too_large": Text(422, "The total is too large", "合計金額が大きすぎます"),
    "unknown_plan": Text(422, "There is no such plan", "プランが見つかりません"),
    "unknown_reservation": Text(404, "There is no such reservation", "予約が見つかりません"),
    "unknown_room": Text(404, "There is no such room", "ルームが見つかりません"),
    "not_offered": Text(409, "This time is not offered", "この日時は受け付けていません"),
    "slot_taken": Text(409, "Somebody else has this time", "この枠はすでに予約されています"),
    "guest_busy": Text(409, "You have pledged to be elsewhere at this time", "同じ時間帯に別の予約があります"),
    "too_many_invitations": Text(409, "Too many invitations for this day", "この日の招待状が多すぎます"),
    "booking_timeout": Text(409, "The slot could not be held in time", "枠の仮押さえが時間内に完了しませんでした"),
    "held_too_short": Text(409, "Hold the button a little longer", "もう少し長く押してください"),
    "pledge_token_invalid": Text(409, "Begin the long press anew", "もう一度長押ししてください"),
    "too_early": Text(409, "It is too early to say so", "まだその時刻ではありません"),
    "invitation_expired": Text(410, "The invitation has expired", "招待状の有効期限が切れています"),
    "invitation_withdrawn": Text(410, "The invitation was taken back", "招待状は取り下げられました"),
    "corrupt_image": Text(422, "The image cannot be decoded", "画像を読み取れません"),
    "image_too_large": Text(422, "The image has too many pixels", "画像の画素数が多すぎます"),
    "image_too_slow": Text(422, "The image takes too long to decode", "画像の処理に時間がかかりすぎます"),
    "file_missing": Text(409, "The file is not there any more", "ファイルが見つかりません"),
    "unknown_media": Text(422, "There is no such media", "メディアが見つかりません"),
    "album_full": Text(409, "The album is full", "アルバムがいっぱいです"),
    "process_timeout": Text(409, "The thumbnail was not made in time", "サムネイルの作成が時間内に完了しませんでした"),
    "album_timeout": Text(409, "The album did not answer in time", "アルバムへの追加が時間内に完了しませんでした"),
    "external_server": Text(409, "This server was not started here", "ここで起動したサーバーではありません"),
    "worker_away": Text(409, "The worker is being started again", "ワーカーは再起動中です"),
    "unknown_worker": Text(422, "There is no such worker", "ワーカーが見つかりません"),
    "fault_running": Text(409, "Another fault has not healed yet", "別の障害がまだ復旧していません"),
    "too_soon": Text(429, "Wait a moment before the next fault", "次の障害まで少しお待ちください"),
    "no_supervisor": Text(409, "No `hikyaku up` is there to do it", "`hikyaku up` が動いていません"),
    "undeliverable": Text(422, "Nothing can be delivered there", "配送できない地域です"),
})  # fmt: skip

CONFLICT = Text(409, "It was refused", "受け付けられませんでした")
"""A reason of a domain that this table does not name: a refusal is a conflict until somebody says otherwise."""


class Problem(Exception):
    """Ends a request with a problem document.

    `errors` are (field, detail) pairs. `headers` go out with the answer, `members` into the document.
    """

    def __init__(
        self,
        kind: str,
        detail: str = "",
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(kind, detail)
        self.kind, self.detail, self.errors = kind, detail, tuple(errors)
        self.headers, self.members = dict(headers or {}), dict(members or {})

    @property
    def text(self) -> Text:
        return KINDS[self.kind]

    @property
    def status(self) -> int:
        return self.text.status

    def document(self, language: Language, instance: str) -> dict[str, Any]:
        title = self.text.title(language)
        document: dict[str, Any] = {
            "type": f"/problems/{self.kind}",
            "title": title,
            "status": self.status,
            "detail": self.detail or title,
            "instance": instance,
        }
        if self.errors:
            document["errors"] = [{"field": field, "detail": detail} for field, detail in self.errors]
        return document | self.members

    def body(self, language: Language, instance: str) -> bytes:
        return orjson.dumps(self.document(language, instance))


class Refused(Problem):
    """A domain said no, and why: the outcome of an operation that failed."""

    def __init__(self, reason: str, members: Mapping[str, Any]) -> None:
        super().__init__("refused", members={**members, "reason": reason})
        self.kind = f"reasons/{reason.replace('_', '-')}"
        self.reason = reason

    @property
    def text(self) -> Text:
        return REASONS.get(self.reason, CONFLICT)
