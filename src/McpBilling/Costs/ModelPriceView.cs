using System.ComponentModel;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs;

/// <summary>A row of the price book in answers: short, and in the words that set_model_price takes.</summary>
public sealed record ModelPriceView
{
    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required string Model { get; init; }

    [Description("Absent: the standard price.")]
    public string? When { get; init; }

    public Instant? EffectiveFrom { get; init; }
    public Instant? EffectiveTo { get; init; }

    [JsonShape(JsonShapeAttribute.AnyObject), Description("US dollars by kind, for 1M tokens, 1k searches or pages, 1h audio.")]
    public required IReadOnlyDictionary<string, decimal> Rates { get; init; }

    public string? OverThreshold { get; init; }

    [JsonShape(JsonShapeAttribute.AnyObject)]
    public IReadOnlyDictionary<string, decimal>? OverRates { get; init; }

    public PriceRowStatus? Status { get; init; }
    public required string Source { get; init; }
    public required string Checked { get; init; }

    public static ModelPriceView Of(PriceRow row)
    {
        var view = PriceRowView.Of(row);
        return new()
        {
            Id = row.Id,
            Provider = row.Provider,
            Model = row.Model,
            When = row.IsBase ? null : row.When.ToString(),
            EffectiveFrom = view.EffectiveFrom,
            EffectiveTo = view.EffectiveTo,
            Rates = view.Rates,
            OverThreshold = row.Threshold?.ToString(),
            OverRates = view.OverThresholdRates,
            Status = view.Status,
            Source = row.Source,
            Checked = view.Checked,
        };
    }
}
