using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using McpBilling.Catalog;
using McpBilling.Operations;

namespace McpBilling.Tests.Catalog;

/// <summary>Whatever stands in a document, it is applied or refused with its problems; nothing else ever comes out.</summary>
public class HostileDocumentTests
{
    private const string Everything = """
        {"$schema":"s","time_zone":"UTC","assets":[{"id":"credits","name":"c","scale":6,"rounding":"half_up"}],
         "meters":[{"id":"m","event_type":"e","aggregation":"sum","property":"p","weight_by":"time","filter":{"a":["1"]}}],
         "products":[{"id":"p","name":"P","pay_as_you_go":true,"charge":"every_asset","prices":[
           {"id":"a","meter":"m","asset":"usd","model":"graduated","tiers":[{"up_to":"1","unit_price":"1","flat_price":"2"},{"up_to":null,"unit_price":"1"}],"where":{"a":["1"],"b":["2","3"]},"free_units":"1","max_per_period":"5","quantity_rounding":"up","hold_policy":{"kind":"flat","amount":"1"},"effective_at":"2026-11-01T00:00:00Z","carry":true},
           {"id":"b","meter":"m","asset":"usd","model":"matrix","dimensions":["d"],"rows":[{"values":["x"],"unit_price":"1"}],"default":"2","per":"10"},
           {"id":"c","meter":"m","asset":"credits","model":"percentage","percent":"1","fixed_per_event":"1","min_per_event":"1","max_per_event":"2","free_events":1,"free_amount":"3"},
           {"id":"d","meter":"m","asset":"eur","model":"package","package_size":"10","package_price":"1"}]}],
         "signup":{"grants":[{"asset":"credits","amount":"1","expires_after_days":3,"priority":1,"products":["p"]}]},"customers":{"auto_create":false}}
        """;

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1.5", "1e30", "1e-20", "1e999", "99999999999999999999999", "\"\"", "\"0\"", "\"-0\"", "\"NaN\"", "\"1000000000000000\"", "\"0.000000000001\"",
        "\"a\"", "\"usd\"", "\"per_unit\"", "\"flat\"", "\"max\"", "\"count\"", "\"\\u0000\"", "\"\\ud800\"", "\"'; DROP TABLE x;--\"", "\"2026-11-24T10:00:00Z\"",
        "{}", "[]", "[null]", "[[]]", "{\"id\":\"a\"}", "{\"a\":null}", "{\"\\ud800\":1}", "[\"a\",\"a\"]", "{\"x\":{\"y\":[1]}}",
    ];

    private static readonly Gen<string> Mutated = Gen.Select(Gen.Int[0, 1000], Gen.Int[0, Values.Length - 1], Gen.Bool).List[1, 3].Select(changes =>
    {
        string text = Everything;
        foreach (var (where, what, remove) in changes)
        {
            text = Change(text, where, what, remove && what % 3 == 0);
        }
        return text;
    });

    [Fact]
    public void A_document_is_applied_or_refused_and_never_breaks_anything()
    {
        int applied = 0, refusals = 0;
        Mutated.Sample(text => Interlocked.Increment(ref Taken(text) ? ref applied : ref refusals), iter: 5_000);
        Assert.True(applied > 100 && refusals > 1_000, $"the mutations prove nothing: {applied} applied, {refusals} refused");
    }

    [Fact]
    public void The_unchanged_document_is_accepted() => Assert.Equal(1, Catalogs.After(Everything).Version);

    private static bool Taken(string text)
    {
        using var document = JsonDocument.Parse(text);
        try
        {
            var change = CatalogRevision.Apply(CatalogSnapshot.Empty, document.RootElement, Catalogs.Day1, null);
            Assert.False(change.Next.Apply(change.Next.Stored.DocumentJson, Catalogs.Day2).ChangesAnything);
            return true;
        }
        catch (BillingException refused)
        {
            Assert.Equal(ErrorCode.InvalidCatalog, refused.Code);
            Assert.NotEmpty(refused.Problems);
            Assert.DoesNotContain(refused.Problems, p => p.Message.StartsWith("cannot be read", StringComparison.Ordinal));
            return false;
        }
    }

    private static string Change(string text, int where, int what, bool remove)
    {
        // Half a surrogate pair cannot be walked through again as nodes: the document stays as it is from there on.
        if (text.Contains("\\ud800", StringComparison.Ordinal) || JsonNode.Parse(text) is not { } root)
        {
            return text;
        }
        var places = Places(root, "").ToArray();
        string place = places[where % places.Length];
        const string Mark = "\"@@@\"";
        Replace(root, place, remove);
        return root.ToJsonString().Replace(Mark, Values[what], StringComparison.Ordinal);
    }

    private static IEnumerable<string> Places(JsonNode? node, string pointer) => node switch
    {
        JsonObject o => o.SelectMany(p => Places(p.Value, $"{pointer}\n{p.Key}").Prepend($"{pointer}\n{p.Key}")),
        JsonArray a => a.SelectMany((item, i) => Places(item, $"{pointer}\n{i}").Prepend($"{pointer}\n{i}")),
        _ => pointer.Length == 0 ? [""] : [],
    };

    private static void Replace(JsonNode root, string place, bool remove)
    {
        var path = place.Split('\n')[1..];
        JsonNode parent = path[..^1].Aggregate(root, (at, name) => at is JsonArray list ? list[int.Parse(name)]! : at[name]!);
        if (parent is JsonArray array)
        {
            array[int.Parse(path[^1])] = "@@@";
        }
        else if (remove)
        {
            ((JsonObject)parent).Remove(path[^1]);
        }
        else
        {
            parent[path[^1]] = "@@@";
        }
    }
}
