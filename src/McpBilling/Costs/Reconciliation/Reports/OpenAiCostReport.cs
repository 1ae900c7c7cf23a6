namespace McpBilling.Costs.Reconciliation.Reports;

/// <summary>OpenAI's <c>organization/costs</c>: dollars per day, by line item and project where grouped so; the quantity comes with a line item.</summary>
internal sealed class OpenAiCostReport : IReportFormat
{
    public string Provider => "openai";

    public ReportKind Kind => ReportKind.Costs;

    public bool Recognizes(ReportRow row) => row.Has("amount.value") && row.Has("amount.currency");

    public string NameOf(ReportRow row) => "organization/costs";

    public IEnumerable<ProviderFact> Facts(ReportRow row, Bucket bucket)
    {
        if (row.Dollars(1, "amount.value") is not { } amount)
        {
            // Exports have a line for each day, also for those on which nothing was billed.
            yield break;
        }
        row.RequireDollars("amount.currency");
        string? project = row.Text("project_id");
        string? text = row.Text("line_item");
        var item = text is null ? default : OpenAiLineItem.Read(text);
        yield return new ProviderFact(Provider, bucket.DayNumber, item.Model ?? "", item.Kind ?? "")
        {
            Amount = amount,
            // What searches and storage are counted in is not documented: tokens are.
            Quantity = item.Kind is null || ProviderKinds.IsTool(item.Kind) ? null : row.Count("quantity"),
            Hour = bucket.HourOfDay,
            Batch = item.Tier == "batch" ? true : null,
            Tier = item.Tier,
            Project = project,
            RowKey = $"{bucket.Begins}|{project}|{text}|{row.Text("api_key_id")}",
        };
    }
}
