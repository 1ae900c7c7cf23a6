using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Catalog;
using McpBilling.Operations;

namespace McpBilling.Tests.Operations;

public class JsonSchemasTests
{
    public static TheoryData<string> Types => [.. AllTypes.Select(t => t.Type.Name)];

    private static IEnumerable<JsonTypeInfo> AllTypes =>
        [BillingJson.Default.CatalogDocument, BillingJson.Default.DefinePriceInput, BillingJson.Default.DefineMeterInput, BillingJson.Default.ApplyCatalogInput, BillingJson.Default.ApplyCatalogOutput, BillingJson.Default.GetCatalogInput, BillingJson.Default.GetCatalogOutput];

    [Theory]
    [MemberData(nameof(Types))]
    public void Schemas_are_closed_portable_and_the_same_every_time(string name)
    {
        var type = AllTypes.Single(t => t.Type.Name == name);
        var schema = JsonSchemas.ForInput(type).Published;
        Assert.Equal(schema.ToJsonString(), JsonSchemas.ForInput(type).Published.ToJsonString());
        foreach (var node in Nodes(schema))
        {
            Assert.False(node["type"] is JsonArray, $"{node.GetPath()} has a list of types");
            Assert.DoesNotContain(node, p => p.Key.StartsWith("x-", StringComparison.Ordinal) || p.Key == "$ref");
            if (node["properties"] is JsonObject)
            {
                Assert.Equal("false", node["additionalProperties"]!.ToJsonString());
            }
            if ((string?)(node["type"] as JsonValue) == "integer")
            {
                Assert.NotNull(node["minimum"]);
                Assert.NotNull(node["maximum"]);
            }
        }
    }

    [Fact]
    public void Each_kind_of_field_has_its_shape()
    {
        var asset = JsonSchemas.ForInput(BillingJson.Default.AssetDefinition).Published;
        Assert.Equal("""{"type":"integer","minimum":0,"maximum":12,"default":6,"description":"Decimal digits kept; can never be changed."}""", asset["properties"]!["scale"]!.ToJsonString());
        Assert.Equal("""["half_even","half_up"]""", asset["properties"]!["rounding"]!["enum"]!.ToJsonString());
        Assert.Equal("""["id"]""", asset["required"]!.ToJsonString());
        var tier = JsonSchemas.ForInput(BillingJson.Default.PriceTier).Published["properties"]!;
        Assert.Equal("""[{"type":"string","pattern":"^-?\\d\u002B(\\.\\d\u002B)?$"},{"type":"null"}]""", tier["up_to"]!["anyOf"]!.ToJsonString());
        Assert.Equal("string", (string?)tier["unit_price"]!["type"]);
        var price = JsonSchemas.ForInput(BillingJson.Default.PriceDefinition).Published["properties"]!;
        Assert.Equal("date-time", (string?)price["effective_at"]!["format"]);
        Assert.Equal("""{"type":"array","items":{"type":"string"}}""", price["where"]!["additionalProperties"]!.ToJsonString());
        Assert.Equal("""{"type":"object"}""", Without("description", JsonSchemas.ForInput(BillingJson.Default.ApplyCatalogInput).Published["properties"]!["document"]!));
    }

    [Fact]
    public void A_field_of_a_later_version_is_refused_by_name_but_never_offered()
    {
        var price = JsonSchemas.ForInput(BillingJson.Default.PriceDefinition);
        Assert.Null(price.Published["properties"]!["min_per_period"]);
        using var input = System.Text.Json.JsonDocument.Parse("""{"id":"a","meter":"m","asset":"usd","model":"flat","min_per_period":"1"}""");
        Assert.Empty(InputGuard.Check(input.RootElement, price));
    }

    [Fact]
    public void What_an_answer_may_leave_out_is_not_required()
    {
        var change = JsonSchemas.ForOutput(BillingJson.Default.ApplyCatalogOutput)["properties"]!["changes"]!["items"]!;
        Assert.Equal("""["kind","id","action"]""", change["required"]!.ToJsonString());
    }

    private static string Without(string key, JsonNode node)
    {
        var copy = (JsonObject)node.DeepClone();
        copy.Remove(key);
        return copy.ToJsonString();
    }

    private static IEnumerable<JsonObject> Nodes(JsonNode? node) => node switch
    {
        JsonObject o => new[] { o }.Concat(o.SelectMany(p => p.Key == "properties" ? ((JsonObject)p.Value!).SelectMany(q => Nodes(q.Value)) : Nodes(p.Value))),
        JsonArray a => a.SelectMany(Nodes),
        _ => [],
    };
}
