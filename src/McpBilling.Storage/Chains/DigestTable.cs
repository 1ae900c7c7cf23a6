using System.Data.Common;
using System.Globalization;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Storage.Chains;

/// <summary>The rows of <c>ledger_digest</c>, which are only ever added.</summary>
internal static class DigestTable
{
    private const string Columns = "day, at, through_entry, accounts, entries, root, signature";

    /// <summary>Adds one, unless its day has one. To be called inside a write transaction.</summary>
    /// <returns>Whether it was added.</returns>
    public static bool Add(DbConnection connection, LedgerDigest digest) => connection.Execute(
        """
        INSERT INTO ledger_digest (workspace_id, day, at, through_entry, accounts, entries, root, signature)
        VALUES (@ws, @day, @at, @through, @accounts, @entries, @root, @signature) ON CONFLICT (workspace_id, day) DO NOTHING
        """,
        ("@ws", digest.Workspace), ("@day", NumberOf(digest)), ("@at", digest.TakenAt.Microseconds), ("@through", digest.ThroughEntry),
        ("@accounts", digest.Accounts), ("@entries", digest.Entries), ("@root", digest.Root), ("@signature", digest.Signature)) > 0;

    /// <summary>Kept digests of days below one, newest first.</summary>
    /// <param name="fill">What all digests of the database have in common.</param>
    public static List<LedgerDigest> Before(DbConnection connection, long day, int limit, LedgerDigest fill)
    {
        using var s = connection.Statement($"SELECT {Columns} FROM ledger_digest WHERE workspace_id = ? AND day < ? ORDER BY day DESC LIMIT ?");
        s.Bind(1, fill.Workspace).Bind(2, day).Bind(3, limit);
        var found = new List<LedgerDigest>();
        while (s.Next())
        {
            found.Add(fill with
            {
                Day = LedgerDigest.Written(DayOf(s.Long(0))),
                TakenAt = new Instant(Math.Clamp(s.Long(1), Instant.Earliest.Microseconds, Instant.Latest.Microseconds)),
                ThroughEntry = s.Long(2),
                Accounts = s.Long(3),
                Entries = s.Long(4),
                Root = s.Text(5),
                Signature = s.Text(6),
            });
        }
        return found;
    }

    public static long Count(DbConnection connection, long workspace) =>
        connection.Scalar<long>("SELECT COUNT(*) FROM ledger_digest WHERE workspace_id = @ws", ("@ws", workspace));

    /// <summary>Days since 1970.</summary>
    public static long NumberOf(DateOnly day) => day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <summary>The number of a kept digest's day.</summary>
    public static long NumberOf(LedgerDigest digest) => NumberOf(DateOnly.ParseExact(digest.Day, "yyyy-MM-dd", CultureInfo.InvariantCulture));

    // A row that was tampered with may say any number; then its signature fails, and not the program.
    private static DateOnly DayOf(long number) => DateOnly.FromDayNumber((int)(Math.Clamp(number, 0, 2_000_000) + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber));

    /// <summary>A digest with everything that is the same for all of a workspace, and nothing else.</summary>
    public static LedgerDigest Blank(string database, DigestKey key, long workspace, Mode mode) => new()
    {
        Format = LedgerDigest.Form,
        Database = database,
        Workspace = workspace,
        Mode = mode,
        Day = "",
        TakenAt = default,
        ThroughEntry = 0,
        Accounts = 0,
        Entries = 0,
        Root = "",
        KeyId = key.Id,
        PublicKey = key.PublicKey,
        Signature = "",
    };
}
