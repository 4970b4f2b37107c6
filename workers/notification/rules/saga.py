"""What users hear of their uploads; the upload saga asks for it and waits (S2-66, S2-67)."""

from __future__ import annotations

from workers.notification.rules.source import Kind, Source

FINISHED = Kind(
    "upload_finished",
    ja="「{filename}」のアップロードが完了しました。",
    en="“{filename}” was uploaded.",
    link="/v1/media/{subject}",
)
FAILED = Kind(
    "upload_failed",
    ja="「{filename}」をアップロードできませんでした({reason})。",
    en="“{filename}” could not be uploaded ({reason}).",
    link="/v1/media/{subject}",
)

source = Source(FINISHED, FAILED)
