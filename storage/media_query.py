"""The table of media_query: a view that may be thrown away and made again from the events (S2-54, S2-55)."""

import sqlalchemy as sa

metadata = sa.MetaData()

media = sa.Table(
    "media",
    metadata,
    sa.Column("media_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("thumb_url", sa.Text, nullable=False),
    sa.Column("thumb_address", sa.Text, nullable=False),
    sa.Column("thumb_type", sa.Text, nullable=False),
    sa.Column("thumb_size", sa.BigInteger, nullable=False),
    sa.Column("uploaded_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("status IN ('processing', 'active', 'failed', 'disabled')", name="media_status"),
    sa.CheckConstraint("version >= 1", name="media_version"),
)
sa.Index("media_by_user", media.c.user_id, media.c.uploaded_at, media.c.media_id)
