using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Catalog;

/// <summary>
/// The JSON Schema of billing.json for editors and validators (draft 2020-12), made from the same types as the reader: what it accepts beyond the tools'
/// schemas is what the reader accepts too (numbers for decimals, null for what may be left out), and it says which fields each price model takes.
/// What it cannot say is left to the server: references, ids used twice, tiers that do not ascend, overlapping prices, an asset's scale.
/// </summary>
public static class CatalogSchema
{
    public const string Id = "billing://schema/billing.json";

    private const string Draft = "https://json-schema.org/draft/2020-12/schema";

    // No sign: nothing in a document may be negative.
    private const string DecimalText = @"^\d{1,16}(\.\d+)?$";
    private const string DecimalTextAboveZero = @"^(?=.*[1-9])\d{1,16}(\.\d+)?$";
    private const string WholeText = "^[0-9]{1,19}$";

    /// <summary>A small whole document, "4 cents per image, cheaper beyond 1,000 a month; 100 free credits at sign-up".</summary>
    public const string Example =
        """
        {"$schema":"billing://schema/billing.json",
         "assets":[{"id":"credits","name":"Image credits"}],
         "meters":[{"id":"images","event_type":"image.generated","aggregation":"sum"}],
         "products":[{"id":"image-generation","name":"Image generation","charge":"first_affordable","prices":[
           {"id":"image-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"},
           {"id":"image-usd","meter":"images","asset":"usd","model":"graduated","tiers":[{"up_to":"1000","unit_price":"0.04"},{"up_to":null,"unit_price":"0.03"}]}]}],
         "signup":{"grants":[{"asset":"credits","amount":"100","expires_after_days":90}]}}
        """;

    private static readonly Lazy<JsonObject> Made = new(Make);

    /// <summary>Clone it before changing it.</summary>
    public static JsonObject Document => Made.Value;

    public static string Text { get; } = Made.Value.ToJsonString(new JsonSerializerOptions(JsonSerializerOptions.Default) { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";

    private static JsonObject Make()
    {
        var body = (JsonObject)CatalogReader.Schema.Annotated.DeepClone();
        Widen(body);
        var properties = (JsonObject)body["properties"]!;
        var schema = new JsonObject
        {
            ["$schema"] = Draft,
            ["$id"] = Id,
            ["title"] = "billing.json",
            ["description"] = "The whole catalog of an McpBilling workspace. Amounts and prices are decimals in whole units of their asset, best written as text: \"0.04\" is 4 cents in usd.",
            ["examples"] = new JsonArray(JsonNode.Parse(Example)),
        };
        foreach (var (keyword, value) in body.ToArray())
        {
            body.Remove(keyword);
            schema[keyword] = value;
        }
        Describe(properties);
        JsonSchemas.DropNotes(schema);
        return schema;
    }

    private static void Describe(JsonObject sections)
    {
        var asset = Item(sections, "assets");
        var meter = Item(sections, "meters");
        var product = Item(sections, "products");
        var price = Item((JsonObject)product["properties"]!, "prices");
        var grant = Item((JsonObject)sections["signup"]!["properties"]!, "grants");
        var alert = Item((JsonObject)sections["alerts"]!["properties"]!, "low_balance");
        foreach (var (item, title) in ((JsonObject, string)[])[(asset, "Asset"), (meter, "Meter"), (product, "Product"), (price, "Price"), (grant, "Sign-up grant"), (alert, "Low balance")])
        {
            item["title"] = title;
        }
        foreach (var item in (JsonObject[])[asset, meter, product, price])
        {
            item["properties"]!["id"]!["pattern"] = "^[a-z0-9][a-z0-9_-]{0,63}$";
        }
        DescribeMeter(meter);
        DescribePrice(price);
        AboveZero((JsonObject)grant["properties"]!["amount"]!);
    }

    private static void DescribeMeter(JsonObject meter)
    {
        NotEmpty(meter, "filter");
        var measured = new JsonObject { ["enum"] = new JsonArray("max", "unique_count", "latest") };
        meter["allOf"] = new JsonArray(
            When("aggregation", measured, Requires("property")),
            When("aggregation", Const("count"), Without("property")),
            When("aggregation", new JsonObject { ["not"] = Const("sum") }, Without("weight_by")));
    }

    private static void DescribePrice(JsonObject price)
    {
        NotEmpty(price, "where");
        var fields = (JsonObject)price["properties"]!;
        fields["model"]!["enum"] = new JsonArray([.. PriceModels.Available.Select(n => (JsonNode)n)]);
        var unitFields = PriceModels.All.SelectMany(k => k.Fields).Distinct().Where(f => fields.ContainsKey(f)).ToArray();
        price["allOf"] = new JsonArray([.. PriceModels.All.Select(kind =>
        {
            var then = Without([.. unitFields.Except(kind.Fields)]);
            var needed = Needs(kind.Name);
            foreach (string field in needed)
            {
                then["properties"]![field] = NotNull();
            }
            if (TiersOf(kind.Name) is { } tiers)
            {
                then["properties"]!["tiers"] = tiers;
            }
            if (kind.Name == "cost_plus")
            {
                then["properties"]!["asset"] = Const(CostPlusPrice.Asset);
            }
            then["required"] = new JsonArray([.. needed.Select(n => (JsonNode)n)]);
            return (JsonNode)When("model", Const(kind.Name), then);
        })]);
        foreach (string above in (string[])["per", "package_size"])
        {
            AboveZero((JsonObject)fields[above]!);
        }
        var policy = (JsonObject)fields["hold_policy"]!;
        policy["properties"]!["kind"]!["enum"] = new JsonArray([.. HoldRule.Names.Select(n => (JsonNode)n)]);
        policy["allOf"] = new JsonArray(When("kind", Const("flat"), Requires("amount")), When("kind", Const("estimate"), Without("amount")));
    }

    private static void AboveZero(JsonObject field)
    {
        field.Remove("minimum");
        field["exclusiveMinimum"] = 0;
        field["pattern"] = DecimalTextAboveZero;
    }

    private static string[] Needs(string model) => model switch
    {
        "per_unit" => ["unit_price"],
        "flat" => ["amount"],
        "package" => ["package_size", "package_price"],
        "percentage" => ["percent"],
        "matrix" => ["dimensions", "rows"],
        "cost_plus" => ["markup_percent"],
        _ => ["tiers"],
    };

    /// <summary>What a model's tiers must have: at least one, one of them without a bound, each with its prices.</summary>
    private static JsonObject? TiersOf(string model)
    {
        var item = model switch
        {
            "graduated" or "volume" => Either("unit_price", "flat_price", without: ["percent"]),
            "graduated_percentage" => Either("percent", "flat_price", without: ["unit_price"]),
            "stairstep" => Requires("flat_price"),
            _ => null,
        };
        if (item is null)
        {
            return null;
        }
        if (model == "stairstep")
        {
            item["properties"]!["unit_price"] = Const(null);
            item["properties"]!["percent"] = Const(null);
        }
        return new JsonObject
        {
            ["type"] = "array",
            ["minItems"] = 1,
            ["items"] = item,
            ["contains"] = new JsonObject { ["properties"] = new JsonObject { ["up_to"] = Const(null) } },
            ["minContains"] = 1,
            ["maxContains"] = 1,
        };
    }

    private static JsonObject Either(string one, string other, string[] without)
    {
        var item = Without(without);
        item["anyOf"] = new JsonArray(Requires(one), Requires(other));
        return item;
    }

    private static JsonObject Const(string? value) => new() { ["const"] = value };

    private static JsonObject NotNull() => new() { ["not"] = Const(null) };

    private static JsonObject Requires(string field) => new() { ["required"] = new JsonArray(field), ["properties"] = new JsonObject { [field] = NotNull() } };

    private static JsonObject Without(params string[] fields)
    {
        var properties = new JsonObject();
        foreach (string field in fields)
        {
            properties[field] = new JsonObject { ["const"] = null, ["doNotSuggest"] = true };
        }
        return new JsonObject { ["properties"] = properties };
    }

    private static JsonObject When(string field, JsonObject fits, JsonObject then) => new()
    {
        ["if"] = new JsonObject { ["required"] = new JsonArray(field), ["properties"] = new JsonObject { [field] = fits } },
        ["then"] = then,
    };

    private static void NotEmpty(JsonObject item, string conditions) => item["properties"]![conditions]!["additionalProperties"]!["minItems"] = 1;

    private static JsonObject Item(JsonObject properties, string list) => (JsonObject)properties[list]!["items"]!;

    /// <summary>What the reader takes beyond what tools are told: numbers for decimals, text for whole numbers, null for what may be left out.</summary>
    private static void Widen(JsonObject schema)
    {
        if (schema["anyOf"] is JsonArray choices)
        {
            // A decimal or null; one list of types is what editors explain best.
            var decimals = (JsonObject)choices[0]!;
            choices.Remove(decimals);
            schema.Remove("anyOf");
            foreach (var (keyword, value) in decimals.ToArray())
            {
                decimals.Remove(keyword);
                schema[keyword] = value;
            }
            schema[JsonSchemas.NullableNote] = true;
        }
        var types = new List<string> { (string)schema["type"]! };
        if ((string?)schema["pattern"] == JsonSchemas.DecimalPattern)
        {
            types.Add("number");
            schema["pattern"] = DecimalText;
            schema["minimum"] = 0;
            schema["maximum"] = Quantity.Max;
        }
        if (schema[JsonSchemas.TextNote] is not null)
        {
            types.Add("string");
            schema["pattern"] = WholeText;
        }
        if (schema["properties"] is JsonObject properties)
        {
            var required = (schema["required"] as JsonArray ?? []).Select(n => (string)n!).ToHashSet(StringComparer.Ordinal);
            foreach (var (name, child) in properties)
            {
                if (!required.Contains(name))
                {
                    child![JsonSchemas.NullableNote] = true;
                }
                Widen((JsonObject)child!);
            }
        }
        if (schema["items"] is JsonObject items)
        {
            Widen(items);
        }
        if (schema["additionalProperties"] is JsonObject others)
        {
            Widen(others);
        }
        if (schema[JsonSchemas.NullableNote] is not null)
        {
            types.Add("null");
            (schema["enum"] as JsonArray)?.Add((JsonNode?)null);
        }
        schema["type"] = types.Count == 1 ? types[0] : new JsonArray([.. types.Select(t => (JsonNode)t)]);
    }
}
