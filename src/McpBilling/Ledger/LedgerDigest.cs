using System.ComponentModel;
using System.Globalization;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Ledger;

/// <summary>
/// What a workspace's ledger was at the end of a day, in one hash over the ends of all its accounts' chains, signed. It covers everything from the beginning,
/// so the newest one covers what older ones do.
/// </summary>
public sealed record LedgerDigest
{
    /// <summary>The first line of what is signed: the form's name and version.</summary>
    public const string Form = "mcp-billing ledger digest 1";

    /// <summary>How a day is written.</summary>
    public const string DayPattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

    [Description("What is signed, as in docs/topics/tamper-evidence.md: mcp-billing ledger digest 1.")]
    public required string Format { get; init; }

    [Description("Which database it is of (16 hexadecimal digits).")]
    public required string Database { get; init; }

    [Description("The workspace's number in its database.")]
    public required long Workspace { get; init; }

    [Description("test or live.")]
    public required Mode Mode { get; init; }

    [Description("The UTC day, such as 2026-11-25.")]
    public required string Day { get; init; }

    [Description("When it was taken, in the workspace's time.")]
    public required Instant TakenAt { get; init; }

    [Description("The last ledger entry that it covers: the one before the first entry of a later day.")]
    public required long ThroughEntry { get; init; }

    [Description("Accounts with entries by then, but for those whose entries are all older than the chains.")]
    public required long Accounts { get; init; }

    [Description("Entries of these accounts by then.")]
    public required long Entries { get; init; }

    [Description("SHA-256 over the ends of these accounts' chains (64 hexadecimal digits).")]
    public required string Root { get; init; }

    [Description("Which key signed: SHA-256 of the public key (first 16 hexadecimal digits).")]
    public required string KeyId { get; init; }

    [Description("The public key (PEM). Do not trust the one in the file: compare it with the one that you were given before.")]
    public required string PublicKey { get; init; }

    [Description("ECDSA with P-256 and SHA-256 over the lines of the digest (DER, base64).")]
    public required string Signature { get; init; }

    /// <summary>Exactly what is signed: a line for each figure, each ended by a line feed.</summary>
    public string Statement() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Format}\ndatabase {Database}\nworkspace {Workspace} {(Mode == Mode.Live ? "live" : "test")}\nday {Day}\ntaken_at {TakenAt}\nthrough_entry {ThroughEntry}\naccounts {Accounts}\nentries {Entries}\nroot {Root}\n");

    /// <summary>A day as callers write it; null for anything else. Years 2000 to 9998.</summary>
    public static DateOnly? ReadDay(string day) =>
        DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) && read.Year is >= 2000 and < 9999 ? read : null;

    /// <summary>A day as callers write it.</summary>
    public static string Written(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>When the day is over.</summary>
    public static Instant EndOf(DateOnly day) => Instant.From(new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero));
}

/// <summary>Keeps a digest, unless its day has one.</summary>
/// <param name="digest">Signed.</param>
public sealed class KeepDigest(LedgerDigest digest) : Command<bool>
{
    public LedgerDigest Digest { get; } = digest;
}

/// <summary>Makes and reads digests.</summary>
public interface ILedgerDigestReads
{
    /// <summary>The workspace's time, which says which days are over.</summary>
    ValueTask<Instant> Now(Caller caller, CancellationToken cancellation);

    /// <summary>Makes and signs the digest of a day that is over, from one snapshot; keeps nothing. It reads the end of every account.</summary>
    ValueTask<LedgerDigest> Make(Caller caller, DateOnly day, CancellationToken cancellation);

    /// <summary>The kept digest of a day; null where there is none.</summary>
    ValueTask<LedgerDigest?> Kept(Caller caller, DateOnly day, CancellationToken cancellation);

    /// <summary>A page of kept digests, newest day first; <c>Next</c> is the day number of its last one when there are older ones.</summary>
    /// <param name="before">Only of days before this one (counted from 1970).</param>
    ValueTask<(IReadOnlyList<LedgerDigest> Digests, long? Next, long Total)> List(Caller caller, long? before, int limit, CancellationToken cancellation);
}
