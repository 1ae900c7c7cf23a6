using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Payments.Exporting;

/// <summary>
/// Goes on from the watermark: what was recorded and reversed since becomes what the biller is to know, in one transaction with the watermark, and of what is open a
/// few are handed to the caller to send. The first time, it begins with what is recorded from then on: what was used before has been invoiced otherwise.
/// </summary>
/// <param name="export">Whose watermark.</param>
/// <param name="now">In real time: the biller knows no test clock.</param>
public sealed class TakeExport(IUsageExport export, IReadOnlyList<ExportRoute> routes, Instant now) : Command<TakenExport>
{
    /// <summary>How many rows of the ledger one command looks at, and how many messages it hands out: the writer has others to serve.</summary>
    public const int MostRows = 1_000;

    public const int MostMessages = 200;

    public string Name { get; } = export.Name;
    public ExportRules Rules { get; } = export.Rules;
    public IReadOnlyList<ExportRoute> Routes { get; } = routes;
    public Instant Now { get; } = now;
}

/// <summary>What is to be sent now.</summary>
/// <param name="Watermark">The last row of the ledger that was looked at.</param>
/// <param name="IsBehind">There are more rows after it, or more messages.</param>
public sealed record TakenExport(IReadOnlyList<BegunExport> Begun, long Watermark, bool IsBehind);

/// <summary>A step that was begun, and what to send for it.</summary>
public sealed record BegunExport(ExportItem Item, ExportMessage Message);

/// <summary>Keeps what came of the messages.</summary>
public sealed class FinishExport(string name, IReadOnlyList<(ExportItem Item, ExportAnswer Answer)> answers, Instant now) : Command<FinishedExport>
{
    public string Name { get; } = name;
    public IReadOnlyList<(ExportItem Item, ExportAnswer Answer)> Answers { get; } = answers;
    public Instant Now { get; } = now;
}

/// <summary>How many were kept; one that somebody else has finished meanwhile is not.</summary>
public sealed record FinishedExport(int Kept);
