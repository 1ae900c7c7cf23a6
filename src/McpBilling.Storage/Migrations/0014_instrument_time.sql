-- When what is charged was left, chosen or removed last: what a processor reports late does not undo it.
ALTER TABLE processor_account ADD COLUMN instrument_at INTEGER NOT NULL DEFAULT 0;
