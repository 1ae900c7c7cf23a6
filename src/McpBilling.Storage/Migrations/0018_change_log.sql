-- older writers: go on
-- What each transaction changed, so that the other replicas on a server read just that again (docs/decisions/0024). A file has none: its processes are few, and forget.
CREATE TABLE change_log (
    seq INTEGER PRIMARY KEY,
    -- The transaction, and the last one that its writer knew of: whoever finds another one before it knows that somebody wrote who left no row here.
    sign TEXT NOT NULL,
    previous TEXT NOT NULL,
    changed TEXT NOT NULL
) STRICT;
