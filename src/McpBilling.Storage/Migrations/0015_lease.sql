-- Which process does the work that comes round again and again, one for each kind of work. workspace_id is 0 where the work is for all workspaces, as all of it
-- is now. There is no time in it: whoever sees a version unchanged for long enough, on a clock of its own, may take the lease.
CREATE TABLE lease (
    workspace_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    -- NULL: given back.
    owner TEXT,
    version INTEGER NOT NULL CHECK (version > 0),
    PRIMARY KEY (workspace_id, name)
) STRICT, WITHOUT ROWID;
