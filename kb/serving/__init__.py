"""How pages reach readers: made once, kept in memory, and answered while the database is away."""
