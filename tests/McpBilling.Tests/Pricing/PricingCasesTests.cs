using System.Text.Json.Nodes;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Tests.Pricing;

/// <summary>The amounts that other billing engines' own tests expect (../shared/data/pricing_cases.json), against the same code that charges.</summary>
public class PricingCasesTests
{
    /// <summary>Cases that we believe wrong, each with its reason and what we answer instead (null: the definition is refused).</summary>
    private static readonly Dictionary<string, (string? Total, string Reason)> BelievedWrong = new()
    {
        ["om-delta-032"] = ("0", "bills a first tier's flat price at zero usage; pricing.md, Bounds: q = 0 costs 0 in every model"),
        ["docs-volume-003"] = (null, "its only tier has no price at all, yet 5 is expected of it: the package size of the source was lost"),
    };

    [Fact]
    public void Every_case_of_the_shared_data_comes_out_as_expected()
    {
        string file = Needs.Shared("data/pricing_cases.json");
        var cases = JsonNode.Parse(File.ReadAllText(file))!["cases"]!.AsArray();
        var failures = cases.Select(c => Failure(c!.AsObject())).OfType<string>().ToList();
        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.True(cases.Count >= 164, $"only {cases.Count} cases");
        Assert.All(BelievedWrong.Keys, id => Assert.Contains(cases, c => (string?)c!["id"] == id));
    }

    private static string? Failure(JsonObject given)
    {
        string id = (string)given["id"]!;
        string? total = (string?)given["total"];
        bool disputed = BelievedWrong.TryGetValue(id, out var ours);
        total = disputed ? ours.Total : total;
        var problems = new List<Problem>();
        var price = Price.From(Prices.Definition(given["price"]!.DeepClone().AsObject()), "", problems);
        if (price is null)
        {
            return total is null ? null : $"{id}: refused: {string.Join("; ", problems)}";
        }
        var book = new PeriodBook(price, Prices.Usd);
        string[] charges = [.. given["quantities"]!.AsArray().Select(q => Text(book.Add(decimal.Parse((string)q!))!.Value))];
        if (total is null || Text(book.Charged) != Text(total))
        {
            return $"{id}: {Text(book.Charged)} instead of {total ?? "a refusal"}";
        }
        if (!disputed && given["charges"] is JsonArray expected && !charges.SequenceEqual(expected.Select(c => Text((string)c!))))
        {
            return $"{id}: charges {string.Join(' ', charges)}";
        }
        return null;
    }

    private static string Text(long units) => new Amount(Prices.Usd, units).ToString();

    private static string Text(string amount) => Text(Exact.Parse(amount).ToUnits(Prices.Usd.Scale, Rounding.HalfEven));
}
