-- Columns are text and 64-bit integers only; time is Unix microseconds. Every primary key and unique index begins with workspace_id.
-- Rows that are only ever added (operation, usage_event, entry, hold) are keyed by a sequence, so that they are written at the end of their table:
-- nothing on the hot path inserts at a random place (docs/decisions/0003). An account's entries and a customer's events are chained by `previous`
-- instead of indexed: a page of the newest is read by following the chain.

CREATE TABLE workspace (
    workspace_id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    mode TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- The test clock: NULL is real time. latest_at is the greatest time the ledger has seen; the clock never goes before it.
    test_clock INTEGER,
    latest_at INTEGER NOT NULL,
    catalog_version INTEGER NOT NULL,
    catalog_document TEXT NOT NULL,
    catalog_archive TEXT NOT NULL
) STRICT;

CREATE TABLE api_key (
    workspace_id INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    name TEXT NOT NULL,
    mac TEXT NOT NULL,
    last_four TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER,
    PRIMARY KEY (workspace_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE price_version (
    workspace_id INTEGER NOT NULL,
    price_version_id INTEGER NOT NULL,
    price_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    meter_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    carry INTEGER NOT NULL,
    archived_at INTEGER,
    definition TEXT NOT NULL,
    PRIMARY KEY (workspace_id, price_version_id)
) STRICT, WITHOUT ROWID;

-- Assets that have been used, with the integer key that the ledger's rows carry. The scale never changes.
CREATE TABLE asset (
    workspace_id INTEGER NOT NULL,
    asset_id INTEGER NOT NULL,
    id TEXT NOT NULL,
    scale INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, asset_id),
    UNIQUE (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer (
    workspace_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT,
    email TEXT,
    metadata TEXT,
    frozen INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- When something next happens to the wallet by itself; NULL for never. The sweep looks here.
    next_due_at INTEGER,
    last_event_seq INTEGER NOT NULL,
    event_count INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, customer_id),
    UNIQUE (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    workspace_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    asset_id INTEGER NOT NULL,
    debt INTEGER NOT NULL CHECK (debt >= 0),
    overdraft_limit INTEGER NOT NULL CHECK (overdraft_limit >= 0),
    overdraft_held INTEGER NOT NULL CHECK (overdraft_held >= 0),
    settled TEXT NOT NULL,
    balance INTEGER NOT NULL,
    last_entry_seq INTEGER NOT NULL,
    entry_count INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, customer_id, asset_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE credit_grant (
    workspace_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    grant_seq INTEGER NOT NULL,
    asset_id INTEGER NOT NULL,
    source INTEGER NOT NULL,
    status INTEGER NOT NULL,
    granted INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    held INTEGER NOT NULL CHECK (held >= 0 AND held <= remaining),
    priority INTEGER NOT NULL,
    products TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    expires_at INTEGER,
    cost_currency TEXT,
    cost_amount INTEGER,
    PRIMARY KEY (workspace_id, customer_id, grant_seq)
) STRICT, WITHOUT ROWID;

-- One row for every acknowledged command that is not a usage event: its key, the hash of its input, and what it answered.
CREATE TABLE operation (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    input_hash INTEGER NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE hold (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    status INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    lines TEXT NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX hold_open ON hold (workspace_id, customer_id, seq) WHERE status = 0;

CREATE TABLE usage_event (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    id TEXT NOT NULL,
    input_hash INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    at INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    quantity TEXT NOT NULL,
    properties TEXT,
    subject TEXT,
    feature TEXT,
    hold_seq INTEGER,
    charges TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reversed TEXT,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    asset_id INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    grant_seq INTEGER,
    amount INTEGER NOT NULL,
    held INTEGER NOT NULL,
    balance_after INTEGER NOT NULL,
    hold_seq INTEGER,
    cost_basis INTEGER NOT NULL,
    -- What caused it: the operation's or the event's sequence; 0 for what happened by time alone.
    cause_seq INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

-- What a price version has charged in one rating period.
CREATE TABLE rating (
    workspace_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    price_version_id INTEGER NOT NULL,
    period_start INTEGER NOT NULL,
    state TEXT NOT NULL,
    charged INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, customer_id, price_version_id, period_start)
) STRICT, WITHOUT ROWID;
