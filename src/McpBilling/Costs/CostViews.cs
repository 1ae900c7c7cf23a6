using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;
using McpBilling.Money;

namespace McpBilling.Costs;

/// <summary>An amount of a cost as it travels.</summary>
public sealed record CostAmount
{
    public required string Currency { get; init; }

    [Description("Exact decimal.")]
    public required string Amount { get; init; }

    public static CostAmount? Of(decimal? dollars) => dollars is { } known ? new CostAmount { Currency = CostMoney.Currency, Amount = CostMoney.Format(known) } : null;
}

/// <summary>A cost that was booked beside usage.</summary>
public sealed record RecordedCost
{
    public required string CostEventId { get; init; }
    public required CostStatus Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never), Description("Null: not known.")]
    public CostAmount? Cost { get; init; }

    public static RecordedCost? Of(CostEvent? e) => e is null ? null : new RecordedCost { CostEventId = e.Id, Status = e.Cost.Status, Cost = CostAmount.Of(e.Cost.Amount) };
}

/// <summary>A cost line as it travels, and as it is stored.</summary>
public sealed record CostLineView
{
    public required string Kind { get; init; }
    public required string Quantity { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never), Description("US dollars for per; null: no price is known.")]
    public string? Rate { get; init; }

    public required string Per { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Amount { get; init; }

    [Description("True: a detail was guessed, such as a cache's lifetime.")]
    public bool? Assumed { get; init; }

    [Description("Where it is not the response's model.")]
    public string? Model { get; init; }

    [Description("The part of the response.")]
    public string? Iteration { get; init; }

    [Description("The row of the price book.")]
    public string? Row { get; init; }

    public static CostLineView Of(CostLine line) => new()
    {
        Kind = line.Kind,
        Quantity = Quantities(line.Quantity),
        Rate = line.Rate is { } rate ? CostMoney.Format(rate) : null,
        Per = Quantities(line.Per),
        Amount = line.Amount is { } amount ? CostMoney.Format(amount) : null,
        Assumed = line.Assumed ? true : null,
        Model = line.Model,
        Iteration = line.Iteration,
        Row = line.RowId,
    };

    public CostLine ToLine() => new(Kind, Parse(Quantity), Rate is null ? null : Parse(Rate), Parse(Per), Amount is null ? null : Parse(Amount), Row)
    {
        Assumed = Assumed == true,
        Model = Model,
        Iteration = Iteration,
    };

    public static ImmutableArray<CostLineView> Of(ImmutableArray<CostLine> lines) => [.. lines.Select(Of)];

    private static string Quantities(decimal value) => Money.Quantity.Format(value);

    private static decimal Parse(string text) => decimal.Parse(text, System.Globalization.NumberStyles.AllowDecimalPoint | System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture);
}
