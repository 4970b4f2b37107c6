"""Thousands of seeded schedules of the real kernel: only broker, database, clock and chance are imitated here."""
