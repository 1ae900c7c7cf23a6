using McpBilling.Operations;

namespace McpBilling.Integration;

/// <summary>The table of contents of a verification: every check, in the order in which a builder should read them.</summary>
internal static class IntegrationChecks
{
    /// <summary>How many ids a finding shows.</summary>
    public const int MaxShown = 10;

    public static IReadOnlyList<Finding> Judge(Arrivals arrived, AmountsProof amounts, IntegrationStyle? style, Mode mode)
    {
        var refusals = new RefusalBook(arrived.Signals);
        List<Finding> findings =
        [
            EventChecks.Seen(arrived),
            EventChecks.TypesPriced(arrived),
            EventChecks.PropertyNames(arrived, refusals),
            RequestChecks.ValueTypes(arrived, refusals),
            EventChecks.Ids(arrived, refusals),
            RequestChecks.IdsReused(arrived, refusals),
            CustomerChecks.Ids(arrived, refusals),
            HoldChecks.AuthorizedBefore(arrived, refusals, style),
            HoldChecks.Ended(arrived, refusals),
            HoldChecks.DenialsHeeded(arrived),
            RequestChecks.Clock(arrived, refusals),
            RequestChecks.TestOrLive(arrived, mode),
            RequestChecks.Retries(arrived),
            HoldChecks.Debts(arrived, style),
            Amounts(arrived, amounts),
            CostChecks.Recorded(arrived),
        ];
        // Last, because it is about what no other check has taken.
        findings.Add(RequestChecks.OtherRefusals(arrived, refusals));
        return findings;
    }

    private static Finding Amounts(Arrivals arrived, AmountsProof amounts)
    {
        const string Check = "amounts_right";
        if (amounts.Differences.Count > 0)
        {
            var first = amounts.Differences[0];
            return Finding.Fail(
                Check,
                $"{amounts.Differences.Count} charges differ from the independent calculation; the first: event {first.EventId} of {first.CustomerId} at price {first.Price}: expected {first.Expected}, charged {first.Actual} {first.Asset}.",
                "This is a mistake of the billing program or of its data, not of the app: run mcp-billing verify, keep the proof, and report it.",
                new Evidence { EventIds = [.. amounts.Differences.Select(d => d.EventId).Distinct().Take(MaxShown)], Count = amounts.Differences.Count });
        }
        return amounts.EventsCompared == 0
            ? Finding.NotSeenYet(Check, "No event to calculate.")
            : Finding.Pass(Check, $"{amounts.EventsCompared} of {arrived.Events.Count} events and {amounts.ReversalsCompared} reversals calculated anew, independently: {Sums(amounts)}.");
    }

    private static string Sums(AmountsProof amounts) =>
        amounts.Sums.Count == 0 ? "nothing was to be charged" : string.Join(", ", amounts.Sums.Select(s => $"{s.Expected} {s.Asset} expected, {s.Actual} charged"));
}
