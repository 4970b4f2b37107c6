"""The tables of album: one default album for each user, and each media in it once."""

import sqlalchemy as sa

metadata = sa.MetaData()

album = sa.Table(
    "album",
    metadata,
    sa.Column("album_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("is_default", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("media", sa.Integer, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("media >= 0", name="album_holds_no_less_than_nothing"),
)
sa.Index("album_one_default_each", album.c.user_id, unique=True, postgresql_where=sa.text("is_default"))
sa.Index("album_by_user", album.c.user_id, album.c.album_id)

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("entry_id", sa.Text, primary_key=True),
    sa.Column("album_id", sa.Text, nullable=False),
    sa.Column("media_id", sa.Text, nullable=False),
    sa.Column("upload", sa.Integer, nullable=False),
    sa.Column("present", sa.Boolean, nullable=False),
    sa.Column("added_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.UniqueConstraint("album_id", "media_id", name="entry_once_in_an_album"),
)
sa.Index("entry_by_time", entry.c.album_id, entry.c.added_at, entry.c.media_id, postgresql_where=sa.text("present"))
