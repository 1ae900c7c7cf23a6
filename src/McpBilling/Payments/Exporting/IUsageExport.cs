using McpBilling.Money;

namespace McpBilling.Payments.Exporting;

/// <summary>
/// A biller outside that is told of recorded usage, so that a builder's subscriptions there are invoiced while authorization is ours. It adds up what it is told:
/// a message is told once, and what turns out to be wrong is taken back or told against.
/// </summary>
public interface IUsageExport
{
    /// <summary>Kept with the watermark: <c>stripe</c>.</summary>
    string Name { get; }

    ExportRules Rules { get; }

    /// <summary>Tells it one thing. The same message again, within <see cref="ExportRules.Remembers"/>, is not counted twice.</summary>
    ValueTask<ExportAnswer> Send(ExportMessage message, CancellationToken cancellation);
}

/// <summary>What the biller takes.</summary>
/// <param name="MaxAge">How old usage may be.</param>
/// <param name="MaxAhead">How far ahead of its clock.</param>
/// <param name="Cancels">How long after it was taken a message can be taken back whole.</param>
/// <param name="Remembers">How long it knows a message again. Beyond that nobody can say whether one that was not answered was counted.</param>
/// <param name="WholeOnly">It counts whole numbers only.</param>
/// <param name="MaxDigits">The most significant digits of a value.</param>
public sealed record ExportRules(TimeSpan MaxAge, TimeSpan MaxAhead, TimeSpan Cancels, TimeSpan Remembers, bool WholeOnly, int MaxDigits)
{
    /// <summary>Why a value cannot be told; null: it can.</summary>
    public string? Refuses(decimal value) =>
        WholeOnly && value != decimal.Truncate(value) ? "not_whole"
        : Quantity.Format(Math.Abs(value)).Replace(".", "", StringComparison.Ordinal).Trim('0').Length > MaxDigits || Math.Abs(value) >= Power(MaxDigits) ? "too_many_digits"
        : null;

    private static decimal Power(int digits)
    {
        decimal power = 1;
        for (int i = 0; i < digits; i++)
        {
            power *= 10;
        }
        return power;
    }
}

/// <summary>One thing to tell.</summary>
/// <param name="Identifier">Made from the event's id; the same each time this message is sent, and never used for another.</param>
/// <param name="EventName">What the biller calls this usage.</param>
/// <param name="Customer">The biller's id of the customer.</param>
/// <param name="Value">How much, below zero to correct; null: the message of this identifier is taken back.</param>
/// <param name="At">When it was used.</param>
public sealed record ExportMessage(string Identifier, string EventName, string Customer, decimal? Value, Instant At);

/// <summary>What came of telling it.</summary>
public enum ExportAnswer
{
    /// <summary>It counts, now or since an earlier time.</summary>
    Taken,

    /// <summary>It does not count and never will.</summary>
    Refused,

    /// <summary>It does not count now; the same again later.</summary>
    Later,

    /// <summary>No answer: it may count. The same again soon, while the biller knows it again.</summary>
    Unknown,
}
