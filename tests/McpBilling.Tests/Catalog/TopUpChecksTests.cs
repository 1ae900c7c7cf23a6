using System.Text.Json;
using McpBilling.Catalog;

namespace McpBilling.Tests.Catalog;

/// <summary>What a document may say about top-ups, and where it is told otherwise.</summary>
public sealed class TopUpChecksTests
{
    private const string Pack = """{"id":"a","price":"10","currency":"usd","credit":{"asset":"credits","amount":"1000"}}""";
    private const string Free = """{"currency":"usd","min":"5","max":"500","asset":"credits","rate":"100"}""";

    private static string[] Problems(string packs, string free) => [.. CatalogReader.Read(JsonElement.Parse(
        $$$"""{"assets":[{"id":"credits","scale":2}],"top_ups":{"packs":[{{{packs}}}],"free_amounts":[{{{free}}}]}}""")).Problems.Select(p => p.Pointer)];

    [Fact]
    public void Packs_and_free_amounts_are_taken() => Assert.Empty(Problems(Pack, Free));

    [Theory]
    [InlineData("\"10\"", "\"0\"", "price")]
    [InlineData("\"10\"", "\"-1\"", "price")]
    [InlineData("\"10\"", "\"9.999\"", "price")]
    [InlineData("\"usd\"", "\"credits\"", "currency")]
    [InlineData("\"usd\"", "\"usx\"", "currency")]
    [InlineData("\"credits\"", "\"credit\"", "credit/asset")]
    [InlineData("\"1000\"", "\"0\"", "credit/amount")]
    [InlineData("\"1000\"", "\"0.001\"", "credit/amount")]
    [InlineData("\"1000\"}", "\"1000\"},\"bonus\":{\"amount\":\"0\"}", "bonus/amount")]
    [InlineData("\"a\"", "\"A b\"", "id")]
    [InlineData("\"id\":\"a\"", "\"id\":\"a\",\"expires_after_days\":0", "expires_after_days")]
    [InlineData("\"id\":\"a\"", "\"id\":\"a\",\"discount\":\"1\"", "discount")]
    public void What_is_wrong_with_a_pack_is_named_by_its_place(string good, string bad, string place) =>
        Assert.Equal(["/top_ups/packs/0/" + place], Problems(Pack.Replace(good, bad, StringComparison.Ordinal), Free));

    [Theory]
    [InlineData("\"5\"", "\"0\"", "min")]
    [InlineData("\"5\"", "\"5.001\"", "min")]
    [InlineData("\"500\"", "\"4\"", "max")]
    [InlineData("\"100\"", "\"0\"", "rate")]
    [InlineData("\"100\"", "\"0.0000001\"", "rate")]
    [InlineData("\"100\"", "\"9000000000000000000\"", "rate")]
    [InlineData("\"credits\"", "\"credit\"", "asset")]
    [InlineData("\"usd\"", "\"credits\"", "currency")]
    public void What_is_wrong_with_a_free_amount_is_named_by_its_place(string good, string bad, string place) =>
        Assert.Equal(["/top_ups/free_amounts/0/" + place], Problems(Pack, Free.Replace(good, bad, StringComparison.Ordinal)));

    [Fact]
    public void Two_of_one_name_or_of_one_pair_are_refused()
    {
        Assert.Equal(["/top_ups/packs/1/id"], Problems(Pack + "," + Pack, Free));
        Assert.Equal(["/top_ups/free_amounts/1"], Problems(Pack, Free + "," + Free));
    }

    [Fact]
    public void A_broken_pack_does_not_hide_what_is_wrong_with_another() =>
        Assert.Equal(
            ["/top_ups/packs/0/price", "/top_ups/packs/1/price"],
            Problems(Pack.Replace("\"10\"", "[]", StringComparison.Ordinal) + "," + Pack.Replace("\"10\"", "\"0\"", StringComparison.Ordinal).Replace("\"a\"", "\"b\"", StringComparison.Ordinal), Free));

    [Fact]
    public void A_change_is_part_of_the_diff()
    {
        var before = Catalogs.After($$$"""{"assets":[{"id":"credits"}],"top_ups":{"packs":[{{{Pack}}}]}}""");
        var after = CatalogReader.Read(JsonElement.Parse($$$"""{"assets":[{"id":"credits"}],"top_ups":{"packs":[{{{Pack.Replace("\"10\"", "\"12\"", StringComparison.Ordinal)}}}]}}""")).Document!;
        var change = Assert.Single(CatalogDiff.Compare(before, after, Catalogs.Day2).Changes, c => c.Kind == CatalogKind.TopUps);
        Assert.Equal(("top_ups", CatalogAction.Changed), (change.Id, change.Action));
        Assert.Contains("12", change.Details, StringComparison.Ordinal);
    }
}
