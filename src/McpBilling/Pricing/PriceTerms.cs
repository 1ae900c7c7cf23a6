using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Pricing;

/// <summary>The parts of a definition that every model has, and the reading of its model.</summary>
/// <param name="FreeUnits">First units of a period that are not charged.</param>
/// <param name="MaxPerPeriod">The cap, in whole assets.</param>
internal readonly record struct PriceTerms(Exact FreeUnits, Exact? MaxPerPeriod)
{
    private static readonly string[] HoldKinds = ["estimate", "flat"];

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
        if (kind.Read is null)
        {
            fields.NotYet("model", $"{kind.Name} arrives in a later version");
            return null;
        }
        return kind.Read(fields);
    }

    private static void ReadHoldPolicy(PriceFields fields, HoldPolicy? policy)
    {
        switch (policy?.Kind)
        {
            case null when policy is null:
                return;
            case "flat":
                if (policy.Amount is null)
                {
                    fields.Wrong("hold_policy/amount", "is missing: a flat hold policy needs the amount to hold", "Add amount: \"1\", in whole units of the asset; or set kind to \"estimate\".", allowed: "above zero");
                }
                else if (policy.Amount <= 0)
                {
                    fields.Wrong("hold_policy/amount", "must be above zero", $"Use {PriceFields.Json(policy.Amount < 0 ? -policy.Amount.Value : 1)}.", PriceFields.Json(policy.Amount.Value), "above zero");
                }
                return;
            case "max" or "learned":
                fields.NotYet("hold_policy/kind", $"the hold policy {policy.Kind} arrives in a later version");
                return;
            case "estimate":
                break;
            default:
                fields.Wrong("hold_policy/kind", $"\"{policy.Kind}\" is not a hold policy", Suggest(policy.Kind, HoldKinds), $"\"{policy.Kind}\"", string.Join(", ", HoldKinds));
                break;
        }
        if (policy.Amount is not null)
        {
            fields.Wrong("hold_policy/amount", "amount belongs to the flat hold policy", "Remove amount, or set kind to \"flat\".", PriceFields.Json(policy.Amount.Value), "no amount");
        }
    }

    private static string Suggest(string? typed, string[] names)
    {
        return NearestName.Hint(typed ?? "", names) ?? $"Use one of {string.Join(", ", names.Select(n => $"\"{n}\""))}.";
    }
}
