using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Pricing;

/// <summary>The parts of a definition that every model has, and the reading of its model.</summary>
/// <param name="FreeUnits">First units of a period that are not charged.</param>
/// <param name="MaxPerPeriod">The cap, in whole assets.</param>
internal readonly record struct PriceTerms(Exact FreeUnits, Exact? MaxPerPeriod)
{
    public static PriceTerms Read(PriceFields fields)
    {
        var d = fields.Definition;
        if (d.Per <= 0)
        {
            fields.Wrong("per", "must be above zero", d.Per < 0 ? $"Use {PriceFields.Json(-d.Per.Value)}." : "Remove per for a price of one unit.", PriceFields.Json(d.Per.Value), "above zero");
        }
        if (d.MinPerPeriod is not null)
        {
            fields.NotYet("min_per_period", "min_per_period arrives in a later version: a minimum needs a period's end");
        }
        ReadHoldPolicy(fields, d.HoldPolicy);
        return new(fields.Optional("free_units", d.FreeUnits) ?? Exact.Zero, fields.Optional("max_per_period", d.MaxPerPeriod));
    }

    public static PriceModel? ReadModel(PriceFields fields)
    {
        string? name = fields.Definition.Model;
        if (PriceModels.Named(name) is not { } kind)
        {
            fields.Wrong("model", $"\"{name}\" is not a price model", Suggest(name, PriceModels.Available), $"\"{name}\"", string.Join(", ", PriceModels.Available));
            return null;
        }
        fields.RefuseFieldsOfOtherModels(kind);
        return kind.Read(fields);
    }

    private static void ReadHoldPolicy(PriceFields fields, HoldPolicy? policy)
    {
        if (policy is null)
        {
            return;
        }
        if (!HoldRule.Names.Contains(policy.Kind))
        {
            fields.Wrong("hold_policy/kind", $"\"{policy.Kind}\" is not a hold policy", Suggest(policy.Kind, [.. HoldRule.Names]), $"\"{policy.Kind}\"", string.Join(", ", HoldRule.Names));
        }
        else if (policy.Amount is not { } amount)
        {
            if (policy.Kind == "flat")
            {
                fields.Wrong("hold_policy/amount", "is missing: a flat hold policy needs the amount to hold", "Add amount: \"1\", in whole units of the asset; or set kind to \"estimate\".", allowed: "above zero");
            }
        }
        else if (policy.Kind == "estimate")
        {
            fields.Wrong("hold_policy/amount", "amount belongs to the hold policies flat, max and learned", "Remove amount, or set kind to \"flat\".", PriceFields.Json(amount), "no amount");
        }
        else if (amount <= 0)
        {
            fields.Wrong("hold_policy/amount", "must be above zero", $"Use {PriceFields.Json(amount < 0 ? -amount : 1)}.", PriceFields.Json(amount), "above zero");
        }
    }

    private static string Suggest(string? typed, string[] names)
    {
        return NearestName.Hint(typed ?? "", names) ?? $"Use one of {string.Join(", ", names.Select(n => $"\"{n}\""))}.";
    }
}
