using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace McpBilling.Storage.Sqlite;

/// <summary>
/// SQLite's calls that a row needs a dozen of, by their addresses alone. SQLitePCL's own count references to a handle and tell the garbage collector at each
/// call, which takes longer than most of these do; here the statement's owner keeps it alive, and only those that may wait for the disk tell.
/// </summary>
internal static partial class SqliteCalls
{
    private const string Library = "e_sqlite3";

    // SQLITE_TRANSIENT: SQLite copies the bytes before it returns.
    private const nint Copied = -1;

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    public static partial int BindInt64(nint statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null"), SuppressGCTransition]
    public static partial int BindNull(nint statement, int index);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    // What it returns is what the step returned before.
    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial void Reset(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64"), SuppressGCTransition]
    public static partial long ColumnInt64(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_type"), SuppressGCTransition]
    public static partial int ColumnType(nint statement, int column);

    public static unsafe int BindText(nint statement, int index, ReadOnlySpan<byte> utf8)
    {
        // An empty span has no address, and SQLite would take that for NULL.
        byte nothing = 0;
        fixed (byte* at = utf8)
        {
            return BindText(statement, index, at is null ? &nothing : at, utf8.Length, Copied);
        }
    }

    /// <summary>The bytes of a text or blob, valid until the statement's next step.</summary>
    public static unsafe ReadOnlySpan<byte> ColumnBlob(nint statement, int column)
    {
        void* at = ColumnBlobAt(statement, column);
        return at is null ? [] : new(at, ColumnBytes(statement, column));
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text"), SuppressGCTransition]
    private static unsafe partial int BindText(nint statement, int index, byte* utf8, int length, nint copied);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob"), SuppressGCTransition]
    private static unsafe partial void* ColumnBlobAt(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes"), SuppressGCTransition]
    private static partial int ColumnBytes(nint statement, int column);
}
