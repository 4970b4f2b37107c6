"""The tables of media_command: none but the kernel's own. Its truth are its events in the event store (S2-4, S2-20)."""

import sqlalchemy as sa

metadata = sa.MetaData()
