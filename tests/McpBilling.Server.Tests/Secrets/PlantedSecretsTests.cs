namespace McpBilling.Server.Tests.Secrets;

/// <summary>No card number, key or secret is in any table, log, tool result or page: what was planted is looked for, in every spelling, where it could have got to.</summary>
public sealed class PlantedSecretsTests(PlantedShop shop) : IClassFixture<PlantedShop>
{
    [Fact]
    public void The_search_finds_what_is_there()
    {
        Assert.Contains("customer.name", Plant.PlacesOf(PlantedShop.Known, shop.Server));
        Assert.Contains(Plant.PlacesOf(PlantedShop.Known, shop.Server), p => p.StartsWith("bytes of", StringComparison.Ordinal));
        Assert.Contains(shop.Heard, h => PlantedShop.Known.IsIn(h.Text));
        Assert.Contains(shop.Lines, PlantedShop.Known.IsIn);
        Assert.Contains(shop.Heard, h => h.Where.StartsWith("POST /mcp", StringComparison.Ordinal));
        Assert.Contains(shop.Heard, h => h.Where == "a webhook");
        Assert.True(Plant.Card("", "5555 5555 5555 4444").IsIn("card 5555-5555-5555-4444"));
        Assert.True(new Plant("", "whsec_" + Convert.ToBase64String("thirty-two bytes of a secret ...."u8)).IsIn("… thirty-two bytes of a secret .... …"u8));
    }

    [Fact]
    public void Nothing_planted_is_in_the_data_file_its_log_or_a_table() =>
        Assert.Empty(shop.Plants.SelectMany(p => Plant.PlacesOf(p, shop.Server).Select(place => $"{p.Name}: {place}")));

    [Fact]
    public void Nothing_planted_is_in_the_log_at_its_most_talkative() =>
        Assert.Empty(shop.Plants.SelectMany(p => shop.Lines.Where(p.IsIn).Select(line => $"{p.Name}: {line}")));

    [Fact]
    public void Nothing_planted_is_in_an_answer_a_page_a_tool_result_or_a_message() =>
        Assert.Empty(shop.Plants.SelectMany(p => shop.Heard.Where(h => p.IsIn(h.Text)).Select(h => $"{p.Name}: {h.Where} {h.Text}")));

    [Fact]
    public void What_is_shown_once_is_shown_in_that_answer_and_holds_no_other_secret() =>
        Assert.All(shop.ShownOnce, shown => Assert.Single(shop.Plants, p => p.IsIn(shown.Text)));

    [Fact]
    public void What_an_app_keeps_in_metadata_is_told_to_the_app_alone()
    {
        Assert.All(Plant.PlacesOf(PlantedShop.OfTheApp, shop.Server), place => Assert.Matches("^(bytes of|customer\\.|operation\\.)", place));
        Assert.All(shop.Heard.Where(h => PlantedShop.OfTheApp.IsIn(h.Text)), h => Assert.StartsWith("POST /v1/customers", h.Where, StringComparison.Ordinal));
        Assert.DoesNotContain(shop.Lines, PlantedShop.OfTheApp.IsIn);
    }
}
