-- A builder's own rows of the price book, over the shipped ones. Only ever added to: a later row of the same model counts instead of an earlier one, or
-- takes it back. The document is the row as JSON (PriceRowView).
CREATE TABLE own_price (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- The API key's id, or 'local'.
    who TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;
