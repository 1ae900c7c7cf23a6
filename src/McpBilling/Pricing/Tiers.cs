using McpBilling.Money;

namespace McpBilling.Pricing;

/// <summary>The ascending steps of a tiered price. Bounds are in meter units and inclusive; the last has none.</summary>
internal sealed class Tiers
{
    private static readonly Exact Hundred = 100m;

    private readonly Tier[] _tiers;

    private Tiers(Tier[] tiers) => _tiers = tiers;

    /// <param name="UpTo">Inclusive; null in the last tier.</param>
    /// <param name="Rate">Price of one meter unit.</param>
    /// <param name="Flat">Price of being in the tier, or of passing into it.</param>
    public readonly record struct Tier(Exact? UpTo, Exact Rate, Exact Flat);

    /// <summary>The tier that a quantity above zero lies in.</summary>
    public Tier Of(Exact quantity)
    {
        foreach (var tier in _tiers)
        {
            if (tier.UpTo is not { } bound || quantity <= bound)
            {
                return tier;
            }
        }
        return _tiers[^1];
    }

    /// <summary>Each part of the quantity at its own tier's rate, and the flat price of every tier it passes into.</summary>
    public Exact EachPartAtItsOwn(Exact quantity)
    {
        Exact total = Exact.Zero, from = Exact.Zero;
        foreach (var tier in _tiers)
        {
            if (quantity <= from)
            {
                break;
            }
            var to = tier.UpTo is { } bound ? Exact.Min(bound, quantity) : quantity;
            total += (to - from) * tier.Rate + tier.Flat;
            from = to;
        }
        return total;
    }

    public static Tiers ReadUnitPrices(PriceFields fields) => Read(fields, (at, tier) =>
    {
        ReadNone(fields, $"{at}/percent", tier.Percent, "graduated_percentage");
        RequireOne(fields, at, "unit_price", tier.UnitPrice, tier.FlatPrice);
        return (fields.Optional($"{at}/unit_price", tier.UnitPrice) / fields.Per, fields.Optional($"{at}/flat_price", tier.FlatPrice));
    });

    public static Tiers ReadPercents(PriceFields fields) => Read(fields, (at, tier) =>
    {
        ReadNone(fields, $"{at}/unit_price", tier.UnitPrice, "graduated and volume");
        RequireOne(fields, at, "percent", tier.Percent, tier.FlatPrice);
        return (fields.Optional($"{at}/percent", tier.Percent) / Hundred, fields.Optional($"{at}/flat_price", tier.FlatPrice));
    });

    public static Tiers ReadFlatPrices(PriceFields fields) => Read(fields, (at, tier) =>
    {
        ReadNone(fields, $"{at}/unit_price", tier.UnitPrice, "graduated and volume");
        ReadNone(fields, $"{at}/percent", tier.Percent, "graduated_percentage");
        return (null, fields.Required($"{at}/flat_price", tier.FlatPrice));
    });

    private static Tiers Read(PriceFields fields, Func<string, PriceTier, (Exact? Rate, Exact? Flat)> readPrices)
    {
        var given = fields.Definition.Tiers ?? [];
        if (given.Count == 0)
        {
            fields.Wrong("tiers", $"needs at least one tier for a {fields.Definition.Model} price", Example(fields.Definition.Model), allowed: "at least one tier; the last has up_to null");
        }
        var tiers = new Tier[given.Count];
        Exact below = Exact.Zero;
        for (int i = 0; i < tiers.Length; i++)
        {
            string at = $"tiers/{i}";
            if (given[i] is not { } tier)
            {
                fields.Wrong(at, "must be an object with up_to and its prices", "Use {\"up_to\":null,\"unit_price\":\"0.04\"}.", "null");
                continue;
            }
            Exact? upTo = ReadBound(fields, at, tier.UpTo, isLast: i == tiers.Length - 1, below);
            var (rate, flat) = readPrices(at, tier);
            tiers[i] = new(upTo, rate ?? Exact.Zero, flat ?? Exact.Zero);
            below = upTo is { } bound ? Exact.Max(below, bound) : below;
        }
        return new(tiers);
    }

    private static Exact? ReadBound(PriceFields fields, string at, decimal? upTo, bool isLast, Exact below)
    {
        string pointer = $"{at}/up_to";
        if (isLast)
        {
            if (upTo is not null)
            {
                fields.Wrong(pointer, "must be null in the last tier", SortHint(fields) ?? "Set up_to to null; or add a tier with up_to null for everything beyond.", PriceFields.Json(upTo.Value), "null");
            }
        }
        else if (upTo is null)
        {
            fields.Wrong(pointer, "may be null in the last tier only", SortHint(fields) ?? $"Set up_to to a number above {below}, or remove this tier.", "null", $"a number above {below}");
        }
        else if (Exact.From(upTo.Value) <= below)
        {
            fields.Wrong(pointer, $"must be above {below}: tiers ascend strictly", SortHint(fields) ?? $"Set up_to to \"{below + Exact.One}\" or more, or remove this tier.", PriceFields.Json(upTo.Value), $"above {below}");
        }
        return upTo is { } bound ? Exact.From(bound) : null;
    }

    /// <summary>Said where the tiers are right but for their order; null when sorting would not do.</summary>
    private static string? SortHint(PriceFields fields)
    {
        var bounds = fields.Definition.Tiers!.Where(t => t is not null).Select(t => t.UpTo).ToArray();
        bool sorts = bounds.Count(b => b is null) == 1 && bounds.Distinct().Count() == bounds.Length && bounds.All(b => b is null or > 0);
        return sorts ? "Sort the tiers by up_to, ascending, the one with null last." : null;
    }

    private static string Example(string model) => model switch
    {
        "stairstep" => "Add tiers: [{\"up_to\":\"1000\",\"flat_price\":\"5\"},{\"up_to\":null,\"flat_price\":\"20\"}].",
        "graduated_percentage" => "Add tiers: [{\"up_to\":\"1000\",\"percent\":\"2.9\"},{\"up_to\":null,\"percent\":\"1.9\"}].",
        _ => "Add tiers: [{\"up_to\":\"1000\",\"unit_price\":\"0.04\"},{\"up_to\":null,\"unit_price\":\"0.03\"}].",
    };

    private static void RequireOne(PriceFields fields, string at, string rateField, decimal? rate, decimal? flat)
    {
        if (rate is null && flat is null)
        {
            fields.Wrong(at, $"has no price: give {rateField}, flat_price or both", $"Add {rateField}: {(rateField == "percent" ? "\"2.9\"" : "\"0.04\"")}, or \"0\" to make the tier free.", allowed: $"{rateField}, flat_price or both");
        }
    }

    private static void ReadNone(PriceFields fields, string at, decimal? value, string owner)
    {
        if (value is not null)
        {
            string name = at[(at.LastIndexOf('/') + 1)..];
            fields.Wrong(at, $"{name} in a tier belongs to {owner}", $"Remove {name}.", PriceFields.Json(value.Value), $"none: {fields.Definition.Model} has no {name} in its tiers");
        }
    }
}
