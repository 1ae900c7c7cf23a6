-- What the doors saw of apps' requests that left no row: refusals and replays, counted per hour. Observations, not money: bounded, and pruned when old.
CREATE TABLE integration_signal (
    workspace_id INTEGER NOT NULL,
    -- Hours since 1970 in the workspace's time.
    hour INTEGER NOT NULL,
    operation TEXT NOT NULL,
    code TEXT NOT NULL,
    field TEXT NOT NULL,
    absent INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    item TEXT NOT NULL,
    key_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (workspace_id, hour, operation, code, field, absent, customer_id, event_type, item, key_id, environment)
) STRICT, WITHOUT ROWID;

-- Reversals are few, and looked for by their customer when charges are explained or proven.
CREATE INDEX operation_reversal ON operation (workspace_id, customer_id, seq) WHERE kind = 8;
