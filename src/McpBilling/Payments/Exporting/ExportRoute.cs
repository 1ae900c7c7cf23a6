using System.Globalization;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Usage;

namespace McpBilling.Payments.Exporting;

/// <summary>Which meter of ours goes to which event name of the biller.</summary>
/// <param name="Factor">By which quantities are multiplied, where the biller counts in smaller parts: 3600 for hours as seconds.</param>
public sealed record ExportRoute(string MeterId, string EventName, decimal Factor)
{
    public const int MostRoutes = 50;
    public const int MaxNameLength = 100;
    private const decimal MaxFactor = 1_000_000_000_000m;

    /// <summary>Reads <c>images=api_images, gpu_hours=gpu_seconds*3600</c>.</summary>
    /// <returns>The routes, or what is wrong with the text.</returns>
    public static (IReadOnlyList<ExportRoute> Routes, string? Wrong) Parse(string text)
    {
        var routes = new List<ExportRoute>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = part.Split('=', StringSplitOptions.TrimEntries);
            string[] right = sides.Length == 2 ? sides[1].Split('*', StringSplitOptions.TrimEntries) : [];
            decimal factor = 1;
            bool fits = sides is [{ Length: > 0 }, _] && right is [{ Length: > 0 and <= MaxNameLength }] or [{ Length: > 0 and <= MaxNameLength }, _]
                && (right.Length == 1 || (decimal.TryParse(right[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out factor) && factor is > 0 and <= MaxFactor));
            if (!fits)
            {
                return ([], $"\"{Shown(part)}\" is no route: write METER=EVENT_NAME, or METER=EVENT_NAME*FACTOR with a factor above 0.");
            }
            if (routes.Any(r => r.EventName == right[0]))
            {
                return ([], $"\"{Shown(right[0])}\" is named twice: one meter goes to one event name.");
            }
            routes.Add(new ExportRoute(sides[0], right[0], factor));
        }
        return routes.Count is 0 or > MostRoutes ? ([], $"there must be 1 to {MostRoutes} routes.") : (routes, null);
    }

    /// <summary>Why a meter cannot be exported; null: it can. What adds up here must add up there: events and sums do, a peak or a number of users does not.</summary>
    public static string? Refuses(MeterDefinition meter) =>
        meter.WeightBy is not null ? $"the meter {meter.Id} weighs what it sums by time"
        : meter.Aggregation is Aggregation.Count or Aggregation.Sum ? null
        : $"the meter {meter.Id} is a {meter.Aggregation.ToString().ToLowerInvariant()}; only count and sum add up";

    /// <summary>What an event adds, as the biller counts it.</summary>
    /// <returns>Null: the meter does not take the event, or cannot be exported.</returns>
    public decimal? Measure(CatalogSnapshot catalog, UsageEvent e)
    {
        var meter = catalog.MetersOf(e.EventType).FirstOrDefault(m => m.Id == MeterId);
        if (meter is null || Refuses(meter.Definition) is not null || !meter.Fits(e.Properties.Values))
        {
            return null;
        }
        decimal quantity = meter.Definition.Aggregation == Aggregation.Count ? 1
            : meter.Definition.Property is not { } property ? e.Quantity
            : e.Properties.Values.TryGetValue(property, out string? text) && Quantity.TryParse(text, allowExponent: true, out decimal value) is null ? value
            : 0;
        return quantity == 0 ? null : Scaled(quantity);
    }

    private decimal? Scaled(decimal quantity)
    {
        try
        {
            return Quantity.Format(quantity * Factor) is var text ? decimal.Parse(text, CultureInfo.InvariantCulture) : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static string Shown(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
