using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs.Reconciliation;

/// <summary>What a reconciliation adds to a day's costs, so that they are what the provider billed. It edits no event.</summary>
/// <param name="Model">Empty: not split by model.</param>
/// <param name="Kind">Empty: not split by kind.</param>
/// <param name="Amount">US dollars, signed.</param>
/// <param name="Reason">The likely causes, for whoever reads it later.</param>
public sealed record ProviderAdjustment(string Provider, long Day, string Model, string Kind, decimal Amount, string Reason)
{
    /// <summary>The model as reports name it.</summary>
    public string ModelKey => Model.Length == 0 ? "" : $"{Provider}/{Model}";
}

/// <summary>A reconciliation as stored.</summary>
/// <param name="Replayed">It was stored before.</param>
public sealed record KeptReconciliation(string Id, Instant At, ImmutableArray<ProviderAdjustment> Adjustments, bool Replayed);

/// <summary>
/// Keeps an answer, remembers its documents, and posts adjustments where they were asked for: together or not at all, and only on what was shown. The
/// same documents with the same token again answer what was posted then.
/// </summary>
/// <param name="reports">The documents.</param>
/// <param name="basis">The newest reconciliation that the figures were read with.</param>
/// <param name="asked">The token that the caller looked at; null: nothing is to be posted.</param>
/// <param name="shown">The token of the figures as they are now.</param>
/// <param name="answer">One JSON object: the answer as it was given.</param>
public sealed class KeepReconciliation(
    IReadOnlyList<ProviderReport> reports, DriftColour colour, long fromDay, long toDay, long basis, string? asked, string? shown, ImmutableArray<ProviderAdjustment> adjustments, string answer)
    : Command<KeptReconciliation>
{
    public IReadOnlyList<ProviderReport> Reports { get; } = reports;
    public DriftColour Colour { get; } = colour;
    public long FromDay { get; } = fromDay;
    public long ToDay { get; } = toDay;
    public string Answer { get; } = answer;

    /// <summary>Of all documents together, whatever their order.</summary>
    public string DocumentsHash { get; } = HashOf(reports);

    /// <summary>Null: nothing is to be posted.</summary>
    public string? Asked { get; } = asked;

    /// <param name="last">The newest reconciliation of the workspace now.</param>
    /// <returns>What to post.</returns>
    /// <exception cref="BillingException"><c>preview_required</c>: the figures are not those that were shown.</exception>
    public ImmutableArray<ProviderAdjustment> Decide(long last) =>
        Asked is null ? []
        : Asked == shown && last == basis ? adjustments
        : throw new BillingException(ErrorCode.PreviewRequired, "What was shown is not what there is now: costs were recorded or adjusted meanwhile, or other documents were given. Reconcile again without adjust, look at the drift, and give the shown_as of that answer.", "adjust");

    public static string HashOf(IReadOnlyList<ProviderReport> reports) => Hash(string.Join('\n', reports.Select(r => r.Sha256).Order(StringComparer.Ordinal)));

    /// <summary>The token of what would be posted: other figures, other documents or an adjustment in between make another.</summary>
    public static string Token(IReadOnlyList<ProviderReport> reports, IEnumerable<ProviderAdjustment> adjustments, long basis)
    {
        var text = new StringBuilder(HashOf(reports)).Append('\n').Append(basis.ToString(CultureInfo.InvariantCulture));
        foreach (var a in adjustments)
        {
            text.Append('\n').Append(string.Join('|', a.Provider, UtcDays.Text(a.Day), a.Model, a.Kind, CostMoney.Format(a.Amount)));
        }
        return "shown_" + Hash(text.ToString())[..32];
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
