-- Recorded usage that a biller outside is told of. The watermark is the last row of the ledger (operations and events have one sequence) that was looked at.
CREATE TABLE usage_export (
    workspace_id INTEGER NOT NULL,
    -- 'stripe'
    name TEXT NOT NULL,
    watermark INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name)
) STRICT, WITHOUT ROWID;

-- What the biller is to know of an event and what it knows, decimals as text. A step that was begun (a number; no value: a message is taken back) is repeated
-- until it is answered. Rows that need nothing more go when the biller takes nothing of their age any more; those with a reason stay.
CREATE TABLE usage_export_item (
    workspace_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    event_seq INTEGER NOT NULL,
    event_name TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    due TEXT NOT NULL,
    sent TEXT NOT NULL,
    taken_at INTEGER,
    messages INTEGER NOT NULL,
    begun_number INTEGER,
    begun_value TEXT,
    begun_at INTEGER,
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    open INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (workspace_id, name, event_seq, event_name)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_export_open ON usage_export_item (workspace_id, name, next_at) WHERE open = 1;
CREATE INDEX usage_export_done ON usage_export_item (workspace_id, name, at) WHERE open = 0 AND reason IS NULL;
