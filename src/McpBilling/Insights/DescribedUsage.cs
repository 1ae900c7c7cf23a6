using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>
/// Makes customers up: each line's usual customer and its heavy one are simulated once and multiplied, which is exact, since customers do not touch each other.
/// Their month is the calendar month of the workspace's present; they join at its beginning, with the sign-up grants of the catalog they are on.
/// </summary>
internal sealed class DescribedUsage
{
    private readonly CatalogSnapshot present;
    private readonly DraftCatalog? draft;
    private readonly IReadOnlyList<AssumedCost> costs;
    private readonly PublicIds ids = new(0);
    private readonly (Instant Start, Instant End) month;

    public DescribedUsage(CatalogSnapshot present, DraftCatalog? draft, IReadOnlyList<AssumedCost> costs, Instant now)
    {
        (this.present, this.draft, this.costs) = (DraftCatalog.InEffect(present, now), draft, costs);
        month = RatingPeriods.Of(RatingPeriod.Month, now, present.TimeZone);
    }

    public SimulatedPeriod Period => new() { From = month.Start, To = month.End };

    /// <summary>How many events all customers have together.</summary>
    public Int128 Events { get; private set; }

    public List<string> Warnings { get; } = [];

    /// <exception cref="BillingException"><c>invalid_request</c>, naming the field of the line.</exception>
    public SimulationPart Run(IReadOnlyList<DescribedUsageInput> lines, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var part = new SimulationPart(draft is not null);
        for (int i = 0; i < lines.Count; i++)
        {
            string field = $"usage.described[{i}]";
            var line = lines[i];
            Check(line, field);
            long heavy = line.Heavy is { } h ? (long)Math.Round(line.Customers * h.Percent / 100, MidpointRounding.AwayFromZero) : 0;
            if (line.Customers > heavy)
            {
                Simulate(part, line, $"described[{i}]", field, line.Customers - heavy, line.QuantityPerCustomer, "quantity_per_customer", cancellation);
            }
            if (heavy > 0)
            {
                Simulate(part, line, $"described[{i}].heavy", field, heavy, line.Heavy!.QuantityPerCustomer, "heavy.quantity_per_customer", cancellation);
            }
            progress?.Report(new OperationProgress(i + 1, lines.Count, "simulating described customers"));
        }
        if (lines.Count > 1)
        {
            Warnings.Add("Each line of described usage is customers of its own: nobody is in two lines.");
        }
        return part;
    }

    private void Simulate(
        SimulationPart part, DescribedUsageInput line, string name, string field, long count, decimal quantity, string quantityField, CancellationToken cancellation)
    {
        var events = Sizes(line, field, quantity, quantityField);
        var now = Simulate(present, line, events, cancellation);
        var then = draft is null ? null : Simulate(draft.Snapshot, line, events, cancellation);
        if ((then ?? now) is { Refused: > 0, FirstRefusal: var reason })
        {
            if (reason!.StartsWith("cost:", StringComparison.Ordinal))
            {
                throw new BillingException(
                    ErrorCode.InvalidRequest, $"costs: {reason["cost: ".Length..]} Say what is assumed: costs: [{{\"event_type\":\"{line.EventType}\",\"per_unit\":\"0.01\",\"asset\":\"usd\"}}].", "costs");
            }
            string at = reason.StartsWith("properties", StringComparison.Ordinal) ? field + "." + reason : $"{field}.{quantityField}: {reason}";
            throw new BillingException(ErrorCode.InvalidRequest, at, reason.StartsWith("properties", StringComparison.Ordinal) ? field + ".properties" : $"{field}.{quantityField}");
        }
        part.Add(name, count, now, then);
        Events += (Int128)events.Count * count;
    }

    private Tally Simulate(CatalogSnapshot catalog, DescribedUsageInput line, List<decimal> events, CancellationToken cancellation)
    {
        var tally = new Tally(month.Start, costs);
        var customer = new SimulatedCustomer(new Customer(1, "described", null, null, null, false, month.Start), catalog, tally, ids, 0);
        customer.SignUp(month.Start);
        // Spread evenly, none at the very beginning or end, so that when credit runs out means something.
        long step = (month.End.Microseconds - month.Start.Microseconds) / (events.Count + 1);
        for (int i = 0; i < events.Count; i++)
        {
            if ((i & 1023) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            var at = new Instant(month.Start.Microseconds + step * (i + 1));
            customer.Use(at, i + 1, new UsageEvent($"{i}", line.EventType, at, events[i], line.Properties ?? EventProperties.None), null, final: true);
        }
        return tally;
    }

    /// <summary>The quantity of each event.</summary>
    private List<decimal> Sizes(DescribedUsageInput line, string field, decimal quantity, string quantityField)
    {
        decimal each = line.QuantityPerEvent ?? 1;
        decimal count = Math.Ceiling(quantity / each);
        if (line.QuantityPerEvent is null && count > DescribedUsageInput.UsualEvents)
        {
            each = Math.Round(quantity / DescribedUsageInput.UsualEvents, Quantity.MaxDecimals, MidpointRounding.ToPositiveInfinity);
            count = Math.Ceiling(quantity / each);
            string warning = $"{field}: a customer's {Quantity.Format(quantity)} are taken as {Quantity.Format(count)} events of {Quantity.Format(each)}; set quantity_per_event for others.";
            if (!Warnings.Contains(warning))
            {
                Warnings.Add(warning);
            }
        }
        if (count > DescribedUsageInput.MaxEvents)
        {
            throw new BillingException(
                ErrorCode.InvalidRequest,
                $"{field}.{quantityField} is {Quantity.Format(quantity)}, which is {Quantity.Format(count)} events of {Quantity.Format(each)}: at most {DescribedUsageInput.MaxEvents} events a customer. Set quantity_per_event higher.",
                $"{field}.quantity_per_event");
        }
        var sizes = new List<decimal>((int)count);
        for (decimal left = quantity; left > 0; left -= each)
        {
            sizes.Add(Math.Min(each, left));
        }
        return sizes;
    }

    private void Check(DescribedUsageInput line, string field)
    {
        void Within(decimal value, string name, decimal least, decimal most)
        {
            if (value < least || value > most)
            {
                throw new BillingException(
                    ErrorCode.InvalidRequest, $"{field}.{name} is {Quantity.Format(value)}: it must be from {Quantity.Format(least)} to {Quantity.Format(most)}.", $"{field}.{name}");
            }
        }

        Within(line.Customers, "customers", 1, DescribedUsageInput.MaxCustomers);
        Within(line.QuantityPerCustomer, "quantity_per_customer", 0, Quantity.Max);
        if (line.QuantityPerEvent is { } each)
        {
            Within(each, "quantity_per_event", 0.000000000001m, Quantity.Max);
        }
        if (line.Heavy is { } heavy)
        {
            Within(heavy.Percent, "heavy.percent", 0, 100);
            Within(heavy.QuantityPerCustomer, "heavy.quantity_per_customer", 0, Quantity.Max);
        }
        if (present.MetersOf(line.EventType).Count == 0 && draft?.Snapshot.MetersOf(line.EventType).Count is null or 0)
        {
            var catalog = draft?.Snapshot ?? present;
            string near = catalog.NearestEventType(line.EventType) is { } name ? $"Did you mean '{name}'?"
                : catalog.Document.Meters.Count == 0 ? "The catalog has no meter yet." : $"Meters take: {string.Join(", ", catalog.Document.Meters.Select(m => m.EventType).Distinct().Take(10))}.";
            throw new BillingException(ErrorCode.InvalidRequest, $"{field}.event_type is {WalletSession.Shown(line.EventType)}, which no meter takes. {near}", $"{field}.event_type");
        }
    }
}
