-- older writers: go on
-- What the transaction left of that which writers keep in memory (docs/decisions/0035); NULL: whoever wants to know reads it.
ALTER TABLE change_log ADD COLUMN state TEXT;
-- It is read once by each replica and soon cut off: compressing it costs more than it saves.
-- on a server: ALTER TABLE change_log ALTER COLUMN state SET STORAGE EXTERNAL;
