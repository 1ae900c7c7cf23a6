-- Where messages are sent. A row that was deleted stays, so that its key, from which its secrets are derived, is never another's. No secret is here.
-- Times are the machine's, also in a workspace on a test clock, but for outbox.at.
CREATE TABLE webhook_endpoint (
    workspace_id INTEGER NOT NULL,
    endpoint_seq INTEGER NOT NULL,
    url TEXT NOT NULL,
    -- Types of messages, separated by commas; empty: all.
    types TEXT NOT NULL,
    description TEXT,
    enabled INTEGER NOT NULL,
    -- Why the program turned it off.
    disabled_reason TEXT,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    idempotency_key TEXT NOT NULL,
    input_hash INTEGER NOT NULL,
    -- Of the secret; the one before signs too until previous_until.
    generation INTEGER NOT NULL,
    previous_until INTEGER,
    -- The key of the last rotation.
    rotation_key TEXT,
    -- Until then a process that delivers has it for itself; 0: nobody.
    busy_until INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, endpoint_seq),
    UNIQUE (workspace_id, idempotency_key)
) STRICT, WITHOUT ROWID;

-- What is told, in the order in which it happened; written with the change itself.
CREATE TABLE outbox (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    -- The workspace's time.
    at INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    -- The app's id; NULL: it is about the workspace.
    customer TEXT,
    data TEXT NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

-- One message to one endpoint; written with the message.
CREATE TABLE webhook_delivery (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    endpoint_seq INTEGER NOT NULL,
    message_seq INTEGER NOT NULL,
    status INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- The next attempt; NULL: none.
    due_at INTEGER,
    -- Attempts in all, and since it was last begun.
    attempts INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_delivery_due ON webhook_delivery (workspace_id, endpoint_seq, message_seq, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE webhook_attempt (
    workspace_id INTEGER NOT NULL,
    delivery_seq INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    http_status INTEGER,
    milliseconds INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, delivery_seq, number)
) STRICT, WITHOUT ROWID;

-- Up to which grant, in order of expiry, grant.expiring was told.
CREATE TABLE grant_notice (
    workspace_id INTEGER NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    grant_seq INTEGER NOT NULL
) STRICT;

CREATE INDEX credit_grant_expiry ON credit_grant (workspace_id, expires_at, grant_seq) WHERE expires_at IS NOT NULL;
