-- Values that max, unique_count and latest meters have seen in a period, so that an event can be taken back. A count of 0: reversed.
CREATE TABLE meter_item (
    workspace_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    price_version_id INTEGER NOT NULL,
    period_start INTEGER NOT NULL,
    item TEXT NOT NULL,
    count INTEGER NOT NULL,
    at INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (workspace_id, customer_id, price_version_id, period_start, item)
) STRICT, WITHOUT ROWID;

-- A grant is found by its id alone when it is voided.
CREATE INDEX credit_grant_seq ON credit_grant (workspace_id, grant_seq);
