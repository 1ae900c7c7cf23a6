using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Pricing;

/// <summary>A definition while it is read: collects every problem instead of stopping at the first. A field with a problem reads as some harmless value.</summary>
internal sealed class PriceFields(PriceDefinition definition, string pointer, ICollection<Problem> problems)
{
    /// <summary>The fields that only some models take; the rest of a definition belongs to every price.</summary>
    private static readonly (string Name, Func<PriceDefinition, object?> Value)[] OfModels =
    [
        ("unit_price", d => d.UnitPrice),
        ("per", d => d.Per),
        ("amount", d => d.Amount),
        ("tiers", d => d.Tiers),
        ("package_size", d => d.PackageSize),
        ("package_price", d => d.PackagePrice),
        ("percent", d => d.Percent),
        ("fixed_per_event", d => d.FixedPerEvent),
        ("min_per_event", d => d.MinPerEvent),
        ("max_per_event", d => d.MaxPerEvent),
        ("free_events", d => d.FreeEvents),
        ("free_amount", d => d.FreeAmount),
        ("dimensions", d => d.Dimensions),
        ("rows", d => d.Rows),
        ("default", d => d.Default),
        ("markup_percent", d => d.MarkupPercent),
    ];

    private bool _complained;

    public PriceDefinition Definition { get; } = definition;

    public bool AllRight => !_complained;

    /// <summary>How many units a unit price is for; 1 when it is missing or wrong.</summary>
    public Exact Per => Definition.Per is { } per and > 0 ? Exact.From(per) : Exact.One;

    /// <param name="field">Relative JSON pointer, such as <c>tiers/0/up_to</c>.</param>
    /// <param name="message">What is wrong and what is allowed.</param>
    /// <param name="hint">The fix, as something to do (<see cref="Problem.Hint"/>).</param>
    /// <param name="found">What stands there, as JSON.</param>
    /// <param name="allowed">The names, or the rule in words.</param>
    public void Wrong(string field, string message, string? hint = null, string? found = null, string? allowed = null)
    {
        _complained = true;
        problems.Add(new Problem($"{pointer}/{field}", message, hint) { Found = found, Allowed = allowed });
    }

    /// <summary>A decimal as it stands in a document.</summary>
    public static string Json(decimal number) => $"\"{Quantity.Format(number)}\"";

    public void NotYet(string field, string message) => Wrong(field, message, ErrorCode.NotSupportedYet.Hint, allowed: "not in this version");

    /// <summary>A number that must be there and not be negative.</summary>
    public Exact Required(string field, decimal? value)
    {
        if (value is null)
        {
            string name = field[(field.LastIndexOf('/') + 1)..];
            Wrong(field, $"is missing: a {Definition.Model} price needs {name}", $"Add {name}: {Json(Meant(name))}{Unit(name)}.", allowed: "a decimal number, not negative");
        }
        return Optional(field, value) ?? Exact.Zero;
    }

    /// <summary>A number that may be absent, and is not negative.</summary>
    public Exact? Optional(string field, decimal? value)
    {
        if (value < 0)
        {
            Wrong(field, "must not be negative", $"Use {Json(-value.Value)}.", Json(value.Value), "a decimal number, not negative");
        }
        return value is { } given ? Exact.From(given) : null;
    }

    /// <summary>A number to divide by.</summary>
    public Exact RequiredAboveZero(string field, decimal? value)
    {
        if (value is <= 0)
        {
            Wrong(field, "must be above zero", $"Use {Json(value < 0 ? -value.Value : 1)}.", Json(value.Value), "above zero");
            return Exact.One;
        }
        var number = Required(field, value);
        return number.IsZero ? Exact.One : number;
    }

    /// <summary>Complains of every field that the definition has and the model does not take: it would be ignored, and someone meant it.</summary>
    public void RefuseFieldsOfOtherModels(PriceModels.Kind own)
    {
        foreach (var (name, value) in OfModels)
        {
            if (value(Definition) is not null && !own.Fields.Contains(name))
            {
                string taking = PriceModels.NamesTaking(name);
                string other = PriceModels.Available.FirstOrDefault(n => PriceModels.Named(n)!.Fields.Contains(name)) is { } first ? $", or set model to \"{first}\"" : "";
                Wrong(name, $"{name} belongs to {taking}, not to {own.Name}", $"Remove {name}{other}.", allowed: $"{own.Name} takes {string.Join(", ", own.Fields)}");
            }
        }
    }

    /// <summary>The number that probably belongs into a missing field: what stands under the name that another model has for it, else an example.</summary>
    private decimal Meant(string field) => field switch
    {
        "unit_price" => Definition.Amount ?? Definition.PackagePrice ?? 0.04m,
        "amount" => Definition.UnitPrice ?? Definition.PackagePrice ?? 10,
        "package_price" => Definition.UnitPrice ?? Definition.Amount ?? 10,
        "package_size" => Definition.Per ?? 1_000,
        "percent" => 2.9m,
        "markup_percent" => Definition.Percent ?? 30,
        _ => 5,
    };

    private string Unit(string field) => field switch
    {
        "unit_price" when Meant(field) == 0.04m => ", which is 4 cents in usd",
        "package_size" => ", the units of one package",
        "percent" => " for 2.9 %",
        "markup_percent" => ", the percent added to the cost",
        _ => ", in whole units of the asset",
    };
}
