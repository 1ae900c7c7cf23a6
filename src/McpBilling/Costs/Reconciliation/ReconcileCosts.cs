using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using McpBilling.Costs.Reconciliation.Reports;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Costs.Reconciliation;

/// <summary>The use case: does what was recorded tie out with what the provider says? Reads only, unless it is told to keep the answer or to post what it showed.</summary>
public sealed class ReconcileCosts : Operation<ReconcileCostsInput, ReconcileCostsOutput>
{
    // A provider's history is read whole into memory.
    private const long MostDays = 400;

    [SetsRequiredMembers]
    public ReconcileCosts()
    {
        Name = "reconcile_costs";
        Title = "Reconcile costs";
        Description = "Ties recorded model costs out with the provider's invoice: drift per day, model and kind, coloured, with likely causes and evidence. Show it to the user; only then adjust.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageRead;
        Route = "POST /v1/costs/reconcile";
        TakesLong = true;
    }

    public override async ValueTask<ReconcileCostsOutput> Run(ReconcileCostsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        if (input.Keep || input.Adjust is not null)
        {
            caller.Require(Scopes.UsageWrite);
        }
        List<string> notes = [];
        var reports = Read(input, notes);
        var (from, to) = Period(input, reports);
        var ledgers = new List<CostLedger>();
        foreach (string provider in reports.Select(r => r.Provider).Distinct(StringComparer.Ordinal))
        {
            ledgers.Add(await billing.Reads<ICostLedgerReads>().Ledger(caller, provider, from, to, cancellation));
        }
        if (input.Projects is { Count: > 0 })
        {
            notes.Add("The ledger does not know projects: only the reports are cut to them.");
        }
        var now = (await billing.Reads<IClockReads>().Clock(caller, cancellation)).Now;
        var answer = new ReconciliationAnswer(reports, ReconciledCosts.Of(reports, ledgers, from, to, input.Projects ?? []), now);
        // The oldest, so that a reconciliation that came between two readings shows.
        long basis = ledgers.Min(l => l.LastReconciliation);
        var output = answer.Output(input, basis, notes);
        if (!input.Keep && input.Adjust is null)
        {
            return output;
        }
        var command = new KeepReconciliation(
            reports, answer.Colour, from, to, basis, input.Adjust, output.ShownAs, answer.Adjustable, JsonSerializer.Serialize(output, BillingJson.TypeInfo<ReconcileCostsOutput>()));
        var kept = await billing.Commit(command, caller, cancellation);
        return output with
        {
            ReconciliationId = kept.Id,
            Replayed = kept.Replayed,
            ShownAs = input.Adjust is null ? output.ShownAs : null,
            Adjustment = input.Adjust is null ? output.Adjustment : kept.Adjustments.Sum(a => a.Amount),
            Adjustments = input.Adjust is null ? null : [.. kept.Adjustments.Select(AdjustmentView.Of)],
        };
    }

    private static List<ProviderReport> Read(ReconcileCostsInput input, List<string> notes)
    {
        List<ProviderReport> reports = [];
        for (int i = 0; i < input.Documents.Count; i++)
        {
            var document = input.Documents[i];
            var report = ReportReader.Read(new ReportDocument(document.Name, document.Text), $"documents[{i}].text");
            if (reports.FirstOrDefault(r => r.Sha256 == report.Sha256) is { } same)
            {
                notes.Add($"{report.Name} is the same document as {same.Name}: it counts once.");
                continue;
            }
            reports.Add(report);
        }
        return reports;
    }

    private static (long From, long To) Period(ReconcileCostsInput input, List<ProviderReport> reports)
    {
        foreach (var (time, field) in new[] { (input.From, "from"), (input.To, "to") })
        {
            if (time is { } at && !UtcDays.IsMidnight(at))
            {
                throw new BillingException(ErrorCode.InvalidRequest, $"{field} is {at}: reconciliation goes by whole UTC days. Use {UtcDays.StartOf(UtcDays.DayOf(at))}.", field);
            }
        }
        long from = input.From is { } f ? UtcDays.DayOf(f) : reports.Min(r => r.Days[0]);
        long to = input.To is { } t ? UtcDays.DayOf(t) : reports.Max(r => r.Days[^1]) + 1;
        return to <= from ? throw new BillingException(ErrorCode.InvalidRequest, $"to is {UtcDays.StartOf(to)}: it must be after from, {UtcDays.StartOf(from)}.", "to")
            : to - from > MostDays ? throw new BillingException(ErrorCode.InvalidRequest, $"{UtcDays.Text(from)} to {UtcDays.Text(to)} are more than {MostDays} days: name from and to.", "to")
            : (from, to);
    }
}
