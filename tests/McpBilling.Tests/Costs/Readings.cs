using System.Collections.Frozen;
using System.Collections.Immutable;
using McpBilling.Costs;
using McpBilling.Money;

namespace McpBilling.Tests.Costs;

/// <summary>Readings and rows for tests, in few words.</summary>
internal static class Readings
{
    public static Instant At(string time) => Instant.TryParse(time, out var at) ? at : throw new FormatException(time);

    /// <summary>Such as <c>input 1000, output 500</c>.</summary>
    public static UsageReading Of(string uses, PriceContext? context = null) => new()
    {
        Uses = [.. uses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(u => u.Split(' ')).Select(u => new MeteredUse(u[0], decimal.Parse(u[1])))],
        Context = context ?? PriceContext.None,
    };

    /// <summary>Such as <c>input 2.5, output 10</c>.</summary>
    public static FrozenDictionary<string, decimal> Rates(string rates) =>
        rates.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(r => r.Split(' ')).ToFrozenDictionary(r => r[0], r => decimal.Parse(r[1]));

    public static PriceRow Row(string model, string rates, string? from = null, string? to = null, PriceConditions? when = null, PriceRowStatus status = PriceRowStatus.Active, string? id = null)
    {
        var start = from is null ? Instant.Beginning : At(from);
        return new()
        {
            Id = id ?? PriceRow.IdOf("acme", model, start, when ?? PriceConditions.None, status),
            Provider = "acme",
            Model = model,
            EffectiveFrom = start,
            EffectiveTo = to is null ? Instant.Never : At(to),
            When = when ?? PriceConditions.None,
            Status = status,
            Rates = Rates(rates),
            Source = "a test",
            Checked = new DateOnly(2026, 11, 23),
        };
    }

    /// <summary>Such as <c>("batch", "true")</c>.</summary>
    public static PriceConditions When(params (string Name, string Value)[] conditions) => new(conditions.Select(c => KeyValuePair.Create(c.Name, c.Value)), [], []);

    public static PriceContext Batch => new() { Batch = true };

    public static string Text(PricedCost cost) =>
        $"{cost.Status} {(cost.Amount is { } a ? Quantity.Format(a) : "unknown")}: {string.Join(", ", cost.Lines.Select(l => $"{l.Kind} {Quantity.Format(l.Quantity)}×{(l.Rate is { } r ? Quantity.Format(r) : "?")}{(l.Assumed ? " assumed" : "")}"))}";
}
