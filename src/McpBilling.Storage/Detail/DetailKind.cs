namespace McpBilling.Storage.Detail;

/// <summary>The three kinds of rows that grow for ever.</summary>
public enum DetailKind
{
    /// <summary>Usage events, as they were recorded.</summary>
    Usage,

    /// <summary>Cost events, and the adjustments of them that came later.</summary>
    Costs,

    /// <summary>Lines of the ledger.</summary>
    Entries,
}

/// <summary>What the text of a column means.</summary>
public enum DetailType
{
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A decimal of at most 12 places.</summary>
    Exact,

    /// <summary>Dollars of at most 18 places.</summary>
    Dollars,

    /// <summary>Microseconds since 1970 UTC.</summary>
    Time,
}

/// <summary>A column of a kind of rows.</summary>
public sealed record DetailColumn(string Name, DetailType Type);

/// <summary>One row.</summary>
/// <param name="Seq">Its key within its kind, rising in the order in which rows were written.</param>
/// <param name="At">The time that says to which month it belongs: when it was recorded; of an entry, when it was due, which may be long before it was written.</param>
/// <param name="Values">As text, in the order of <see cref="DetailReader.Columns"/>.</param>
public sealed record DetailRow(long Seq, Money.Instant At, IReadOnlyList<string?> Values);
