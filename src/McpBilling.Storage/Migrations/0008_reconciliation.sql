-- Kept answers of reconcile_costs, and what they posted. Only ever added to.
CREATE TABLE reconciliation (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- The API key's id, or 'local'.
    who TEXT NOT NULL,
    -- SHA-256 of the hashes of all documents together.
    documents_hash TEXT NOT NULL,
    -- The token of the figures that were shown before adjustments were posted; NULL: none were asked for.
    shown_as TEXT,
    from_day INTEGER NOT NULL,
    to_day INTEGER NOT NULL,
    colour INTEGER NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX reconciliation_shown ON reconciliation (workspace_id, documents_hash) WHERE shown_as IS NOT NULL;

-- The documents of each, so that a job knows what it has seen.
CREATE TABLE reconciled_document (
    workspace_id INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    reconciliation_seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (workspace_id, sha256, reconciliation_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX reconciled_document_seq ON reconciled_document (workspace_id, reconciliation_seq);

-- What a day's costs were changed by, so that they are what the provider billed. An event is never edited. Dollars as in cost_event.
CREATE TABLE reconciliation_adjustment (
    workspace_id INTEGER NOT NULL,
    provider TEXT NOT NULL,
    day INTEGER NOT NULL,
    reconciliation_seq INTEGER NOT NULL,
    -- Empty: the report was not split by it.
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    amount_whole INTEGER NOT NULL,
    amount_part INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, provider, day, reconciliation_seq, model, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX reconciliation_adjustment_seq ON reconciliation_adjustment (workspace_id, reconciliation_seq);
