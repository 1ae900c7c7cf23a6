-- Facts about the database as a whole, such as its own random secrets (DatabaseSecrets). Not part of any workspace.

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
