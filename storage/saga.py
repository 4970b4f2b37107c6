"""The table of saga: uploads with the memory of the saga at work on each."""

import sqlalchemy as sa

from infra import columns

metadata = sa.MetaData()

TIME = sa.TIMESTAMP(timezone=True)

upload = sa.Table(
    "upload",
    metadata,
    sa.Column("media_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("upload", sa.Integer, nullable=False),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("album_id", sa.Text, nullable=False),
    sa.Column("started_at", TIME, nullable=False),
    sa.Column("updated_at", TIME, nullable=False),
    *columns.progress(),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.CheckConstraint("state IN ('running', 'completed', 'compensating', 'compensated', 'stuck')", name="upload_state"),
    sa.CheckConstraint("(state IN ('running', 'compensating')) = (deadline IS NOT NULL)", name="upload_open_has_deadline"),
    sa.CheckConstraint("state <> 'completed' OR album_id <> ''", name="upload_completed_stands_in_an_album"),
    # Rewritten at each step: room on the page keeps the indexes out of it.
    postgresql_with={"fillfactor": 50},
)
sa.Index("upload_by_time", upload.c.started_at, upload.c.media_id)
sa.Index("upload_by_state", upload.c.state, upload.c.started_at, upload.c.media_id)
