using System.Globalization;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Pricing;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>Tells the facts of a charge as a story: steps for programs, and a text for the customer, which is the steps' words without ledger lines.</summary>
internal static class Explanation
{
    // What happened inside the ledger is for the founder; the customer is told its sum.
    private static readonly StepKind[] NotForCustomers = [StepKind.Entry, StepKind.Cost];

    public static ExplainChargeOutput Of(ChargeFacts facts)
    {
        List<ExplanationStep> steps = [.. Refusals(facts), .. Denial(facts), .. EventSteps(facts), .. HoldSteps(facts), .. Grants(facts), .. Entries(facts), .. Reversals(facts)];
        if (facts.Event is not null || facts.HoldEvents.Count > 0)
        {
            steps.AddRange(CostSteps(facts));
        }
        return new ExplainChargeOutput
        {
            CustomerId = facts.CustomerId,
            Steps = steps,
            Text = string.Join(' ', steps.Where(s => !NotForCustomers.Contains(s.Kind) || facts is { Event: null, Hold: null, Authorization: null }).Select(s => s.Says).Append(Balance(facts)).Where(s => s.Length > 0)),
        };
    }

    private static IEnumerable<ExplanationStep> CostSteps(ChargeFacts facts)
    {
        if (facts.Costs.Count == 0)
        {
            yield return new() { Kind = StepKind.Cost, Says = "What this cost the seller, and the margin, are not recorded." };
            yield break;
        }
        foreach (var cost in facts.Costs)
        {
            string lines = string.Join(", ", cost.Now.Lines.Select(l => $"{Quantity.Format(l.Quantity)} {l.Kind.Replace('_', ' ')}"));
            string known = cost.Now.Status switch
            {
                CostStatus.Unpriced => "has no price yet",
                CostStatus.NoUsage => "said nothing about its usage",
                CostStatus.Incomplete => $"cost at least {CostMoney.Format(cost.Now.Amount ?? 0)} usd",
                _ => $"cost {CostMoney.Format(cost.Now.Amount ?? 0)} usd",
            };
            yield return new()
            {
                Kind = StepKind.Cost,
                Id = cost.Event.Id,
                Asset = CostMoney.Currency,
                Amount = cost.Now.Amount is { } amount ? CostMoney.Format(amount) : null,
                Says = $"{Time(cost.Event.RequestedAt)}: a call of {Cut(cost.Event.Model)} ({lines}) {known}.",
            };
        }
        if (facts.Costs.All(c => c.Now.Status == CostStatus.Priced))
        {
            decimal spent = facts.Costs.Sum(c => c.Now.Amount ?? 0);
            yield return new()
            {
                Kind = StepKind.Cost,
                Asset = CostMoney.Currency,
                Amount = CostMoney.Format(facts.Earned - spent),
                Says = $"It earned {CostMoney.Format(facts.Earned)} usd and cost {CostMoney.Format(spent)} usd: the margin is {CostMoney.Format(facts.Earned - spent)} usd.",
            };
        }
    }

    private static IEnumerable<ExplanationStep> Refusals(ChargeFacts facts) => facts.Refusals.Select(r => new ExplanationStep
    {
        Kind = StepKind.Refused,
        Says = $"{Time(r.At)}: the request was refused{(r.Count > 1 ? $" {r.Count} times" : "")}, and nothing was recorded or charged by it: {r.Detail}",
        Id = r.Code,
    });

    private static IEnumerable<ExplanationStep> Denial(ChargeFacts facts)
    {
        if (facts.Authorization is not { } a)
        {
            yield break;
        }
        string available = a.Available.Count == 0 ? "" : $" {string.Join(" and ", a.Available.Select(Shown))} {(a.Allowed ? "was still available" : "was available")}.";
        yield return a.Allowed
            ? new() { Kind = StepKind.Authorization, Says = $"{Time(a.At)}: the use was allowed, without setting anything aside.{available}" }
            : new()
            {
                Kind = StepKind.Authorization,
                Amount = a.Shortfall,
                Says = $"{Time(a.At)}: the use was not allowed ({(a.Reason ?? "no reason").Replace('_', ' ')}), so nothing was charged.{available}{(a.Shortfall is null ? "" : $" {a.Shortfall} was missing.")}",
            };
    }

    private static IEnumerable<ExplanationStep> EventSteps(ChargeFacts facts) =>
        (facts.Event is { } e ? [e] : facts.HoldEvents).SelectMany(stored => EventSteps(stored, facts.Catalog));

    private static IEnumerable<ExplanationStep> EventSteps(StoredEvent stored, CatalogSnapshot catalog)
    {
        var e = stored.Event;
        string properties = e.Properties.Values.Count == 0 ? "" : $" ({string.Join(", ", e.Properties.Values.OrderBy(p => p.Key, StringComparer.Ordinal).Take(8).Select(p => $"{p.Key}: {Cut(p.Value)}"))})";
        string by = e.Subject?.EndUser is { } user ? $" by {Cut(user)}" : "";
        string late = stored.At - e.Timestamp > TimeSpan.FromMinutes(1) ? $", reported {Time(stored.At)}" : "";
        yield return new() { Kind = StepKind.Event, Id = e.Id, Says = $"{Time(e.Timestamp)}{late}: {Quantity.Format(e.Quantity)} of {Cut(e.EventType)}{properties} was used{by}." };
        if (stored.FirstCharges.IsEmpty)
        {
            yield return new() { Kind = StepKind.Unpriced, Says = "No price took this event, so it was charged nothing." };
        }
        foreach (var charge in stored.FirstCharges)
        {
            var version = catalog.Versions[charge.VersionKey];
            yield return MeterStep(charge, version);
            yield return PriceStep(charge, version, catalog);
        }
    }

    private static ExplanationStep MeterStep(EventCharge charge, PriceVersion version)
    {
        var meter = version.Meter.Definition;
        if (version.Price.TakesCost)
        {
            return new() { Kind = StepKind.Meter, Id = meter.Id, Amount = Quantity.Format(charge.Metered), Says = $"The use cost {Quantity.Format(charge.Metered)} US dollars at the provider." };
        }
        string how = meter.Aggregation switch
        {
            Aggregation.Count => "counts events",
            Aggregation.Sum => meter.Property is { } p ? $"adds up {p}" : "adds up the quantity",
            Aggregation.Max => $"keeps the greatest {meter.Property}",
            Aggregation.UniqueCount => $"counts different values of {meter.Property}",
            _ => $"keeps the last {meter.Property}",
        };
        string filter = meter.Filter is { Count: > 0 } f ? $", where {Conditions(f)}" : "";
        return new() { Kind = StepKind.Meter, Id = meter.Id, Amount = Quantity.Format(charge.Metered), Says = $"The meter {meter.Id} {how}{filter}: this use added {Quantity.Format(charge.Metered)}." };
    }

    private static ExplanationStep PriceStep(EventCharge charge, PriceVersion version, CatalogSnapshot catalog)
    {
        decimal before = charge.QuantityBefore, after = charge.QuantityBefore + charge.Metered;
        var amount = new Amount(version.Asset, charge.Amount);
        string product = catalog.FindProduct(version.ProductId)?.Name ?? version.ProductId;
        string unit = version.Price.TakesCost ? " dollars of cost" : "";
        string period = version.Definition.Period switch
        {
            RatingPeriod.Month => $"The month went from {Quantity.Format(before)} to {Quantity.Format(after)}{unit}. ",
            RatingPeriod.Day => $"The day went from {Quantity.Format(before)} to {Quantity.Format(after)}{unit}. ",
            RatingPeriod.Ever => $"The total went from {Quantity.Format(before)} to {Quantity.Format(after)}{unit}. ",
            _ => "Each use is priced by itself. ",
        };
        string capped = charge.Capped ? " The most that one period can cost was reached." : "";
        string where = version.Definition.Where is { Count: > 0 } w ? $", where {Conditions(w)}" : "";
        return new()
        {
            Kind = StepKind.Price,
            Id = version.PriceId,
            Asset = version.Asset.Id,
            Amount = amount.ToString(),
            QuantityBefore = Quantity.Format(before),
            QuantityAfter = Quantity.Format(after),
            Says = $"{product} is charged by the price {version.PriceId}, version {version.Version}{where}: {TierWords.Of(version.Definition, before, after)}. {period}" +
                (charge.Amount < 0 ? $"The period became cheaper: {new Amount(version.Asset, -charge.Amount)} {version.Asset.Id} came back." : $"That makes {amount} {version.Asset.Id}.") + capped,
        };
    }

    private static IEnumerable<ExplanationStep> HoldSteps(ChargeFacts facts)
    {
        if (facts.Hold is not { } found)
        {
            yield break;
        }
        var hold = found.Hold;
        if (hold.Lines.IsEmpty)
        {
            yield return new() { Kind = StepKind.Hold, Id = found.Id, Says = $"The use was authorized {Time(hold.CreatedAt)}; nothing had to be set aside." };
        }
        foreach (var line in hold.Lines)
        {
            long released = Math.Max(0, line.Amount - line.Captured - line.Held);
            string end = hold.Status switch
            {
                HoldStatus.Open => $"it is open until {Time(hold.ExpiresAt)}",
                HoldStatus.Captured => "it was captured",
                HoldStatus.Voided => "it was voided",
                _ => "it expired",
            };
            string Of(long units) => $"{new Amount(line.Asset, units)} {line.Asset.Id}";
            yield return new()
            {
                Kind = StepKind.Hold,
                Id = found.Id,
                Asset = line.Asset.Id,
                Amount = new Amount(line.Asset, line.Amount).ToString(),
                Says = $"Before the work, {Time(hold.CreatedAt)}, {Of(line.Amount)} was set aside; {end}: {Of(line.Captured)} was used, {(line.Held > 0 ? $"{Of(line.Held)} is still set aside, " : "")}{Of(released)} was released.",
            };
        }
    }

    private static IEnumerable<ExplanationStep> Grants(ChargeFacts facts)
    {
        foreach (var used in facts.Entries.Where(e => e.Kind is EntryKind.Used or EntryKind.Returned && e.GrantId is not null).GroupBy(e => e.GrantId!))
        {
            var grant = facts.Grants[used.Key];
            decimal sum = used.Sum(e => decimal.Parse(e.Amount, CultureInfo.InvariantCulture));
            string source = grant.Source switch
            {
                GrantSource.Paid => "paid credit",
                GrantSource.Promotional => "free credit",
                GrantSource.Included => "credit included in the plan",
                GrantSource.Adjustment => "credit from a correction",
                _ => "credit that had come back",
            };
            string until = grant.ExpiresAt is { } expires ? $", valid until {Time(expires)}" : ", which does not expire";
            yield return new()
            {
                Kind = StepKind.Grant,
                Id = grant.Id,
                Asset = grant.Asset,
                Amount = Quantity.Format(Math.Abs(sum)),
                Says = sum <= 0 ? $"{Quantity.Format(-sum)} {grant.Asset} was taken from {source} of {Time(grant.EffectiveAt)}{until}." : $"{Quantity.Format(sum)} {grant.Asset} went back to {source} of {Time(grant.EffectiveAt)}{until}.",
            };
        }
        foreach (var owed in facts.Entries.Where(e => e.Kind == EntryKind.Used && e.GrantId is null))
        {
            yield return new() { Kind = StepKind.Grant, Asset = owed.Asset, Amount = owed.Amount.TrimStart('-'), Says = $"{owed.Amount.TrimStart('-')} {owed.Asset} was not covered by credit, and is owed." };
        }
    }

    private static IEnumerable<ExplanationStep> Entries(ChargeFacts facts) => facts.Entries.Select(e => new ExplanationStep
    {
        Kind = StepKind.Entry,
        Id = e.Id,
        Asset = e.Asset,
        Amount = e.Amount,
        BalanceAfter = e.BalanceAfter,
        Says = $"{Time(e.Time)}: {Words(e)} The balance was then {e.BalanceAfter} {e.Asset}.",
    });

    private static string Words(EntryView e)
    {
        string amount = $"{e.Amount.TrimStart('-')} {e.Asset}", held = $"{(e.Held ?? "0").TrimStart('-')} {e.Asset}";
        return e.Kind switch
        {
            EntryKind.Granted => $"{amount} of credit began.",
            EntryKind.DebtSettled => $"{amount} of credit and debt were set against each other.",
            EntryKind.Used => $"{amount} was used.",
            EntryKind.Held => $"{held} was set aside.",
            EntryKind.Released => $"{held} that had been set aside came free.",
            EntryKind.Expired => $"{amount} of credit expired unused.",
            EntryKind.Voided => $"{amount} of credit was taken back.",
            EntryKind.Returned => $"{amount} came back.",
            EntryKind.SetAside => $"{amount} of credit left, since the money paid for it goes back or is disputed.",
            EntryKind.PutBack => $"{amount} of credit came back, since the money paid for it stayed.",
            _ => $"the balance was corrected by {e.Amount} {e.Asset}.",
        };
    }

    private static IEnumerable<ExplanationStep> Reversals(ChargeFacts facts) => facts.Reversals.Select(r => new ExplanationStep
    {
        Kind = StepKind.Reversal,
        Asset = r.Charges.Count == 1 ? r.Charges[0].Asset : null,
        Amount = r.Charges.Count == 1 ? r.Charges[0].Amount : null,
        Says = $"{Time(r.At)}: the use was taken back{(r.QuantityLeft == "0" ? "" : $" in part, {r.QuantityLeft} is left")}{(r.Reason is { } why ? $" ({Cut(why)})" : "")}: " +
            (r.Charges.Count == 0 ? "nothing had been charged." : string.Join(" and ", r.Charges.Select(c => c.Amount.StartsWith('-') ? $"{c.Amount[1..]} {c.Asset} came back" : $"{c.Amount} {c.Asset} more was charged")) + "."),
    });

    private static string Balance(ChargeFacts facts) =>
        facts.Event is null && facts.Hold is null ? "" : string.Join(' ', facts.Entries.GroupBy(e => e.Asset).Select(a => $"The {a.Key} balance was then {a.Last().BalanceAfter}."));

    private static string Conditions(IReadOnlyDictionary<string, IReadOnlyList<string>> conditions) =>
        string.Join(" and ", conditions.Select(c => $"{c.Key} is {string.Join(" or ", c.Value.Take(5))}"));

    private static string Shown(AssetAmount amount) => $"{amount.Amount} {amount.Asset}";

    private static string Time(Instant at) => at.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Cut(string text) => text.Length > 64 ? text[..64] + "…" : text;
}
