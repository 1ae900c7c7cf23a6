namespace McpBilling.Pricing;

/// <summary>Every price model, one line each. A new model = its file + its line.</summary>
internal static class PriceModels
{
    /// <param name="Name">As in billing.json.</param>
    /// <param name="Fields">The definition's fields that it takes, beside those of every price.</param>
    public sealed record Kind(string Name, string[] Fields, Func<PriceFields, PriceModel> Read);

    public static readonly Kind[] All =
    [
        new("per_unit", ["unit_price", "per"], UnitPrice.Read),
        new("flat", ["amount"], FlatPrice.Read),
        new("graduated", ["tiers", "per"], GraduatedPrice.Read),
        new("volume", ["tiers", "per"], VolumePrice.Read),
        new("stairstep", ["tiers"], StairstepPrice.Read),
        new("package", ["package_size", "package_price"], PackagePrice.Read),
        new("percentage", ["percent", "fixed_per_event", "min_per_event", "max_per_event", "free_events", "free_amount"], PercentagePrice.Read),
        new("graduated_percentage", ["tiers"], GraduatedPercentagePrice.Read),
        new("matrix", ["dimensions", "rows", "default", "per"], MatrixPrice.Read),
        new("cost_plus", ["markup_percent", "fixed_per_event"], CostPlusPrice.Read),
    ];

    /// <summary>The names that a definition may use, for messages.</summary>
    public static string[] Available { get; } = [.. All.Select(k => k.Name)];

    public static Kind? Named(string? name) => Array.Find(All, k => k.Name == name);

    /// <summary>The models that take a field, in words.</summary>
    public static string NamesTaking(string field) => string.Join(", ", All.Where(k => k.Fields.Contains(field)).Select(k => k.Name));
}
