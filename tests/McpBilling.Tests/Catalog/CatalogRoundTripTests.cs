using System.Text.Json;
using CsCheck;
using McpBilling.Catalog;
using McpBilling.Money;

namespace McpBilling.Tests.Catalog;

/// <summary>get_catalog gives back what was applied: nothing is locked in.</summary>
public class CatalogRoundTripTests
{
    private static readonly Gen<string> PriceJson =
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Decimal[0, 1000], Gen.Bool, Gen.Bool, Gen.Int[0, 4]).Select((model, asset, price, asNumber, defaults, where) =>
        {
            string amount = Quantity.Format(decimal.Round(price, 4));
            string number = asNumber ? amount : $"\"{amount}{(amount.Contains('.', StringComparison.Ordinal) ? "0" : "")}\"";
            string fields = model switch
            {
                0 => $"\"model\":\"per_unit\",\"unit_price\":{number}",
                1 => $"\"model\":\"flat\",\"amount\":{number}",
                2 => $"\"model\":\"graduated\",\"tiers\":[{{\"up_to\":10,\"unit_price\":{number}}},{{\"up_to\":null,\"unit_price\":\"1\"}}]",
                _ => $"\"model\":\"package\",\"package_size\":\"100\",\"package_price\":{number}",
            };
            string usual = defaults ? ",\"period\":\"month\",\"carry\":true,\"quantity_rounding\":\"none\",\"max_per_period\":null" : ",\"period\":\"day\",\"carry\":false";
            return $"{{\"id\":\"PRICE\",\"meter\":\"m\",\"asset\":\"{(asset == 0 ? "usd" : asset == 1 ? "jpy" : "credits")}\",{fields}{usual},\"where\":{{{(where == 0 ? "" : $"\"tag\":[\"PRICE\",\"ü{where}PRICE\"]")}}}}}";
        });

    private static readonly Gen<string> Document = Gen.Select(PriceJson.List[0, 5], Gen.Bool, Gen.Bool).Select((prices, spare, zone) =>
    {
        var unconditional = prices.Where(p => p.Contains("\"where\":{}", StringComparison.Ordinal)).Take(1);
        var listed = prices.Where(p => !p.Contains("\"where\":{}", StringComparison.Ordinal)).Concat(unconditional).Select((p, i) => p.Replace("PRICE", $"p{i}", StringComparison.Ordinal));
        return """
            {HEAD "products":[{"id":"p","pay_as_you_go":PAYG,"charge":"every_asset","prices":[PRICES]}],
             "meters":[{"id":"m","event_type":"e","aggregation":"sum",REST}],
             "assets":[{"id":"credits","scale":6,"rounding":"half_even"}], "customers":{"auto_create":true}, "signup":{"grants":[]}}
            """
            .Replace("HEAD", zone ? "\"time_zone\":\"Europe/Berlin\",\"$schema\":\"https://example.com/s.json\"," : "", StringComparison.Ordinal)
            .Replace("PAYG", spare ? "true" : "false", StringComparison.Ordinal)
            .Replace("REST", spare ? "\"filter\":{}" : "\"property\":null", StringComparison.Ordinal)
            .Replace("PRICES", string.Join(',', listed), StringComparison.Ordinal);
    });

    [Fact]
    public void A_normalized_document_comes_back_byte_for_byte_and_changes_nothing() => Document.Sample(text =>
    {
        var first = CatalogSnapshot.Empty.Apply(text, Catalogs.Day1);
        string once = first.Next.Stored.DocumentJson;
        var again = first.Next.Apply(once, Catalogs.Day2);
        Assert.Equal(once, again.Next.Stored.DocumentJson);
        Assert.False(again.ChangesAnything);
        Assert.Empty(again.Lines());
        Assert.False(first.Next.Apply(text, Catalogs.Day2).ChangesAnything);
        Assert.Equal(once, CatalogSnapshot.Empty.Apply(once, Catalogs.Day3).Next.Stored.DocumentJson);
    }, iter: 300);

    [Fact]
    public void Defaults_are_left_out_and_decimals_are_text()
    {
        string document = Catalogs.After("""{"assets":[{"id":"c","scale":6}],"meters":[{"id":"m","event_type":"e","aggregation":"sum","filter":{}}],"products":[{"id":"p","pay_as_you_go":true,"prices":[{"id":"a","meter":"m","asset":"c","model":"graduated","period":"month","tiers":[{"up_to":10.50,"unit_price":0.040},{"up_to":null,"unit_price":1e-7}]}]}],"customers":{"auto_create":true}}""").Stored.DocumentJson;
        Assert.Equal("""{"assets":[{"id":"c"}],"meters":[{"id":"m","event_type":"e","aggregation":"sum"}],"products":[{"id":"p","prices":[{"id":"a","meter":"m","asset":"c","model":"graduated","tiers":[{"up_to":"10.5","unit_price":"0.04"},{"unit_price":"0.0000001"}]}]}]}""", document);
        using var parsed = JsonDocument.Parse(document);
        Assert.Empty(CatalogReader.Read(parsed.RootElement).Problems);
    }
}
