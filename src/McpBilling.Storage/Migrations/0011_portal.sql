-- A customer's way into the portal. First a link (link_hash, until link_expires_at), then the session that it was exchanged for (session_hash, until
-- session_expires_at). Hashes are keyed with a secret of this database; the texts are nowhere. Times are real ones, also where a test clock runs.
CREATE TABLE portal_session (
    workspace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    who TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    link_hash TEXT NOT NULL,
    link_expires_at INTEGER NOT NULL,
    session_hash TEXT,
    entered_at INTEGER,
    session_expires_at INTEGER,
    revoked_at INTEGER,
    return_url TEXT,
    language TEXT,
    PRIMARY KEY (workspace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX portal_session_link ON portal_session (workspace_id, link_hash);

CREATE UNIQUE INDEX portal_session_cookie ON portal_session (workspace_id, session_hash) WHERE session_hash IS NOT NULL;

CREATE INDEX portal_session_customer ON portal_session (workspace_id, customer_id, seq);

-- What customers set for themselves, in units of the asset; NULL: not set. spent is what usage was charged in the period that began at period_start, less
-- what was returned in it, counted only while there is a cap.
CREATE TABLE customer_limit (
    workspace_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    asset TEXT NOT NULL,
    cap INTEGER,
    period INTEGER NOT NULL,
    period_start INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    low_balance INTEGER,
    PRIMARY KEY (workspace_id, customer_id, asset)
) STRICT, WITHOUT ROWID;
