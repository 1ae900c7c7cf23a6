using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Tests.Pricing;

/// <summary>Prices written as in billing.json.</summary>
internal static class Prices
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new DecimalJsonConverter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static readonly Asset Usd = Currencies.All["usd"];
    public static readonly IReadOnlyDictionary<string, string> NoProperties = new Dictionary<string, string>();

    public static PriceDefinition Definition(string json) => Definition(JsonNode.Parse(json)!.AsObject());

    public static PriceDefinition Definition(JsonObject price)
    {
        price["id"] ??= "p";
        price["meter"] ??= "m";
        price["asset"] ??= "usd";
        return price.Deserialize<PriceDefinition>(Json)!;
    }

    public static Price Of(string json) => Of(Definition(json));

    public static Price Of(PriceDefinition definition)
    {
        var problems = new List<Problem>();
        var price = Price.From(definition, "", problems);
        Assert.True(price is not null, string.Join("; ", problems));
        return price;
    }
}
