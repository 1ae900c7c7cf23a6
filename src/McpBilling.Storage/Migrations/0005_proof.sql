-- The evidence of verifications: what was expected, what was charged, who looked and when. Only ever added to.
CREATE TABLE proof (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- The API key's id, or 'local'.
    who TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    verdict TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

-- The sequence of the last operation or event before the catalog last changed; NULL: unknown, changed before this was kept. Later events were rated by
-- the catalog as it stands now, which is what a proof holds them against.
ALTER TABLE workspace ADD COLUMN catalog_seq INTEGER;
