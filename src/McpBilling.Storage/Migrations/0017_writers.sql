-- older writers: go on
-- From this step on each says in its first line what becomes of programs that run already and do not know it, and the migrator writes into meta, as writers_from, the
-- step that a program must know in order to write (docs/decisions/0021).

-- A message that was never tried is due whatever the clock of its writer showed: the index tells those, too.
DROP INDEX webhook_delivery_due;
CREATE INDEX webhook_delivery_due ON webhook_delivery (workspace_id, endpoint_seq, message_seq, due_at, tries) WHERE due_at IS NOT NULL;
