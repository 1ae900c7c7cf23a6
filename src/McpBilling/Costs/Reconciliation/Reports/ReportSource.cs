using McpBilling.Operations;

namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>Which document is read, for what has to be said about it.</summary>
/// <param name="Name">How the user calls it.</param>
/// <param name="Field">The input's field that holds it.</param>
internal sealed record ReportSource(string Name, string Field)
{
    private const int MostShown = 60;

    public BillingException Problem(string place, string says) =>
        new(ErrorCode.InvalidRequest, $"{Name}{(place.Length == 0 ? "" : ", " + place)}: {says}", Field);

    /// <summary>A value of the document as it may be repeated: short, on one line.</summary>
    public static string Shown(string value)
    {
        string line = string.Concat((value.Length > MostShown ? value[..MostShown] + "…" : value).Select(c => char.IsControl(c) ? ' ' : c));
        return $"\"{line}\"";
    }
}
