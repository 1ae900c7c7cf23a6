using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Mcp;
using McpBilling.Server.Tests.Usage;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Catalog;

/// <summary>Billing as a file: it comes back as it went in, every problem is told at once, and a live catalog changes only as it was shown.</summary>
public sealed class CatalogFileTests
{
    private const string Images = """
        {"meters":[{"id":"images","event_type":"image.generated","aggregation":"sum"}],
         "products":[{"id":"image-generation","prices":[{"id":"image-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}]}]}
        """;

    private static readonly string Dearer = Images.Replace("0.04", "0.05", StringComparison.Ordinal);

    public static TheoryData<string> Eras => [McpPair.Initialize, McpPair.Discover];

    [Fact]
    public async Task What_get_catalog_gives_back_is_the_catalog_byte_for_byte()
    {
        await using var server = await LiveServer.Start();
        var random = new Random(20261125);
        for (int i = 0; i < 40; i++)
        {
            await server.Client.Do("/v1/catalog/apply", $$"""{"document":{{RandomCatalogs.Next(random)}}}""");
            var first = await server.Client.Get("/v1/catalog");
            string document = first.Json.GetProperty("document").GetRawText();
            var again = await server.Client.Do("/v1/catalog/apply", $$"""{"document":{{document}},"expected_version":{{first.Json.GetProperty("version")}}}""");
            Assert.False(again.Json.GetProperty("applied").GetBoolean(), document);
            Assert.All(again.Json.GetProperty("changes").EnumerateArray(), c => Assert.Equal("unchanged", c.GetProperty("action").GetString()));
            Assert.Equal(first.Text, (await server.Client.Get("/v1/catalog")).Text);
        }
    }

    [Fact]
    public async Task Every_problem_tells_over_REST_what_was_found_what_is_allowed_and_what_to_do()
    {
        await using var server = await LiveServer.Start();
        var reply = await server.Client.Post("/v1/catalog/apply", """{"document":{"meters":[{"id":"Images","event_type":"e","aggregation":"total"}],"products":[{"id":"p","prices":[{"id":"a","meter":"m","asset":"usd","model":"per_unit","price":4}]}]}}""");
        Assert.Equal((400, "invalid_catalog"), (reply.Status, reply.Code));
        var problems = reply.Json.GetProperty("problems").EnumerateArray().ToDictionary(p => p.GetProperty("pointer").GetString()!);
        var total = problems["/meters/0/aggregation"];
        Assert.Equal("meters[0].aggregation", total.GetProperty("field").GetString());
        Assert.Equal("\"total\"", total.GetProperty("found").GetString());
        Assert.Equal("count, sum, max, unique_count, latest", total.GetProperty("allowed").GetString());
        Assert.Equal("Did you mean \"sum\"?", total.GetProperty("hint").GetString());
        var price = problems["/products/0/prices/0/price"];
        Assert.Equal("4", price.GetProperty("found").GetString());
        Assert.Contains("\"0.04\" for 4 cents", price.GetProperty("hint").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task And_as_a_tool(string era)
    {
        await using var shop = new CatalogShop();
        await using var pair = await McpPair.Connect(shop.Surface(), era);
        var result = await ToolCallTests.Call(pair.Client, "apply_catalog", """{"document":{"asets":[]}}""");
        Assert.True(result.IsError);
        var problem = result.Meta![ToolResults.ErrorMeta]!["problems"]![0]!;
        Assert.Equal(("/asets", "[]", "Did you mean \"assets\"?"), ((string?)problem["pointer"], (string?)problem["found"], (string?)problem["hint"]));
        Assert.Contains("assets, meters, products", (string?)problem["allowed"], StringComparison.Ordinal);
        Assert.Contains("Did you mean \"assets\"?", ToolCallTests.Text(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_live_catalog_changes_only_after_its_difference_was_shown()
    {
        await using var server = await LiveServer.Start();
        var live = server.With(server.NewKey(Mode.Live));
        await server.Client.Do("/v1/catalog/apply", $$"""{"document":{{Images}}}""");

        var refused = await live.Post("/v1/catalog/apply", $$"""{"document":{{Images}}}""");
        Assert.Equal((409, "preview_required"), (refused.Status, refused.Code));
        Assert.Equal(["/expected_version", "/preview_token"], refused.Json.GetProperty("problems").EnumerateArray().Select(p => p.GetProperty("pointer").GetString()));
        Assert.Contains("dry_run: true", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("preview_1", refused.Text, StringComparison.Ordinal);

        // Promoting the file that is in test shows the difference to live.
        var preview = await live.Do("/v1/catalog/apply", $$"""{"document":{{Images}},"dry_run":true}""");
        Assert.Equal("added", preview.Json.GetProperty("changes")[0].GetProperty("action").GetString());
        string token = preview.Json.GetProperty("preview_token").GetString()!;

        Assert.Equal("preview_required", (await live.Post("/v1/catalog/apply", $$"""{"document":{{Dearer}},"expected_version":0,"preview_token":"{{token}}"}""")).Code);
        Assert.Equal("preview_required", (await live.Post("/v1/catalog/apply", $$"""{"document":{{Images}},"preview_token":"{{token}}"}""")).Code);
        Assert.Equal("""{"version":0,"document":{}}""", (await live.Get("/v1/catalog")).Text);

        var applied = await live.Do("/v1/catalog/apply", $$"""{"document":{{Images}},"expected_version":0,"preview_token":"{{token}}"}""");
        Assert.True(applied.Json.GetProperty("applied").GetBoolean());
        Assert.False(applied.Json.TryGetProperty("preview_token", out _));
        Assert.Equal((await server.Client.Get("/v1/catalog")).Json.GetProperty("document").GetRawText(), (await live.Get("/v1/catalog")).Json.GetProperty("document").GetRawText());

        // The token ended with the version it was for.
        Assert.Equal("version_conflict", (await live.Post("/v1/catalog/apply", $$"""{"document":{{Images}},"expected_version":0,"preview_token":"{{token}}"}""")).Code);
        Assert.Equal("preview_required", (await live.Post("/v1/catalog/apply", $$"""{"document":{{Dearer}},"expected_version":1,"preview_token":"{{token}}"}""")).Code);
    }

    [Fact]
    public async Task Another_workspaces_token_is_of_no_use()
    {
        await using var server = await LiveServer.Start();
        var live = server.With(server.NewKey(Mode.Live));
        string token = (await server.Client.Do("/v1/catalog/apply", $$"""{"document":{{Images}},"dry_run":true}""")).Json.GetProperty("preview_token").GetString()!;
        Assert.Equal("preview_required", (await live.Post("/v1/catalog/apply", $$"""{"document":{{Images}},"expected_version":0,"preview_token":"{{token}}"}""")).Code);
        Assert.True((await server.Client.Do("/v1/catalog/apply", $$"""{"document":{{Images}},"preview_token":"{{token}}"}""")).Json.GetProperty("applied").GetBoolean());
    }

    [Theory]
    [InlineData("POST", "/v1/catalog/assets", """{"id":"credits"}""")]
    [InlineData("POST", "/v1/catalog/meters", """{"id":"videos","event_type":"video.made","aggregation":"count"}""")]
    [InlineData("POST", "/v1/catalog/products", """{"id":"video"}""")]
    [InlineData("POST", "/v1/catalog/prices", """{"product":"image-generation","id":"image-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.06"}""")]
    [InlineData("POST", "/v1/catalog/archive", """{"kind":"price","id":"image-usd"}""")]
    public async Task Single_items_of_a_live_catalog_are_previewed_too(string method, string path, string body)
    {
        Assert.Equal("POST", method);
        await using var server = await LiveServer.Start();
        var live = server.With(server.NewKey(Mode.Live));
        string token = (await live.Do("/v1/catalog/apply", $$"""{"document":{{Images}},"dry_run":true}""")).Json.GetProperty("preview_token").GetString()!;
        await live.Do("/v1/catalog/apply", $$"""{"document":{{Images}},"expected_version":0,"preview_token":"{{token}}"}""");

        Assert.Equal("preview_required", (await live.Post(path, body)).Code);
        var preview = await live.Do(path, body.Insert(1, "\"dry_run\":true,"));
        Assert.Equal(1, preview.Json.GetProperty("version").GetInt64());
        var done = await live.Do(path, body.Insert(1, $"\"preview_token\":\"{preview.Json.GetProperty("preview_token").GetString()}\","));
        Assert.Equal(2, done.Json.GetProperty("version").GetInt64());
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task A_user_who_can_be_asked_is_asked_before_live_prices_change(string era)
    {
        await using var shop = new CatalogShop();
        var asked = new List<string>();
        string action = "decline";
        await using var pair = await McpPair.Connect(shop.Surface(Mode.Live), era, question =>
        {
            asked.Add(question.Message);
            return new ElicitResult { Action = action };
        });
        var preview = await ToolCallTests.Call(pair.Client, "apply_catalog", $$"""{"document":{{Images}},"dry_run":true}""");
        string token = preview.StructuredContent!.Value.GetProperty("preview_token").GetString()!;
        Assert.Empty(asked);
        string apply = $$"""{"document":{{Images}},"expected_version":0,"preview_token":"{{token}}"}""";

        Assert.StartsWith("confirmation_declined", ToolCallTests.Text(await ToolCallTests.Call(pair.Client, "apply_catalog", apply)), StringComparison.Ordinal);
        action = "accept";
        Assert.True((await ToolCallTests.Call(pair.Client, "apply_catalog", apply)).StructuredContent!.Value.GetProperty("applied").GetBoolean());
        Assert.Equal(2, asked.Count);
        Assert.Contains("live catalog", asked[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task Where_nobody_can_be_asked_the_preview_is_enough_and_needed(string era)
    {
        await using var shop = new CatalogShop();
        await using var pair = await McpPair.Connect(shop.Surface(Mode.Live), era);
        ToolCallTests.AssertRefused(await ToolCallTests.Call(pair.Client, "define_asset", """{"id":"credits"}"""), ErrorCode.PreviewRequired, "preview_token");
        var preview = await ToolCallTests.Call(pair.Client, "define_asset", """{"id":"credits","dry_run":true}""");
        string token = preview.StructuredContent!.Value.GetProperty("preview_token").GetString()!;
        Assert.NotEqual(true, (await ToolCallTests.Call(pair.Client, "define_asset", $$"""{"id":"credits","preview_token":"{{token}}"}""")).IsError);
    }

    [Fact]
    public async Task At_the_command_line_a_live_catalog_needs_yes_or_the_token_of_a_dry_run()
    {
        await using var shop = new CatalogShop();
        string file = Path.Combine(shop.Project, "billing.json");
        await File.WriteAllTextAsync(file, Images);

        Assert.Equal(0, (await shop.Command("apply", file)).Exit);
        var shown = await shop.Command("apply", file, "--mode", "live");
        Assert.Equal(1, shown.Exit);
        Assert.Contains("added price image-usd", shown.Output, StringComparison.Ordinal);
        Assert.Contains("--yes", shown.Error, StringComparison.Ordinal);
        Assert.Equal("{}\n", (await shop.Command("catalog", "--mode", "live")).Output);

        // The token of one process is taken by another.
        var dry = await shop.Command("apply", file, "--mode", "live", "--dry-run");
        string token = dry.Output.Split('\n').Single(l => l.StartsWith("preview token: ", StringComparison.Ordinal))["preview token: ".Length..];
        await File.WriteAllTextAsync(file, Dearer);
        var other = await shop.Command("apply", file, "--mode", "live", "--preview-token", token);
        Assert.Equal(1, other.Exit);
        Assert.Contains("another change", other.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, Images);
        Assert.Equal(0, (await shop.Command("apply", file, "--mode", "live", "--preview-token", token)).Exit);
        Assert.Equal((await shop.Command("catalog")).Output, (await shop.Command("catalog", "--mode", "live")).Output);

        await File.WriteAllTextAsync(file, Dearer);
        var done = await shop.Command("apply", file, "--mode", "live", "--yes");
        Assert.Equal(0, done.Exit);
        Assert.Contains("changed price image-usd: unit_price: \"0.04\" → \"0.05\"", done.Output, StringComparison.Ordinal);
        Assert.EndsWith("the catalog is at version 2\n", done.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_printed_catalog_applied_again_changes_nothing()
    {
        await using var shop = new CatalogShop();
        string file = Path.Combine(shop.Project, "billing.json");
        await File.WriteAllTextAsync(file, Images);
        await shop.Command("apply", file);
        string printed = (await shop.Command("catalog")).Output;
        await File.WriteAllTextAsync(file, printed);
        Assert.DoesNotContain("changed", (await shop.Command("apply", file)).Output.Replace("unchanged", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(printed, (await shop.Command("catalog")).Output);
    }

    [Fact]
    public async Task At_the_command_line_each_problem_has_its_place_and_its_fix()
    {
        await using var shop = new CatalogShop();
        string file = Path.Combine(shop.Project, "billing.json");
        await File.WriteAllTextAsync(file, Images.Replace("\"usd\"", "\"usdd\"", StringComparison.Ordinal).Replace("\"sum\"", "\"summ\"", StringComparison.Ordinal));
        var (exit, output, error) = await shop.Command("apply", file);
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains("/meters/0/aggregation: must be one of count, sum, max, unique_count, latest, but is the text \"summ\"\n  found: \"summ\"\n  allowed: count, sum, max, unique_count, latest\n  fix: Did you mean \"sum\"?\n", error, StringComparison.Ordinal);
        Assert.Contains("  fix: Did you mean \"usd\"?\n", error, StringComparison.Ordinal);
        Assert.Contains("has 2 problems; nothing was changed", error, StringComparison.Ordinal);
    }
}

/// <summary>Documents that are right, of every model, written as people would write them.</summary>
internal static class RandomCatalogs
{
    public static string Next(Random random)
    {
        string Number(int most) => (random.Next(3), decimal.Divide(random.Next(1, most * 100), 100)) switch
        {
            (0, var n) => n.ToString(System.Globalization.CultureInfo.InvariantCulture),
            (1, var n) => $"\"{n.ToString(System.Globalization.CultureInfo.InvariantCulture)}00\"".Replace("00\"", n % 1 == 0 ? ".00\"" : "00\"", StringComparison.Ordinal),
            (_, var n) => $"\"{n.ToString(System.Globalization.CultureInfo.InvariantCulture)}\"",
        };
        string Model() => random.Next(9) switch
        {
            0 => $"\"model\":\"per_unit\",\"unit_price\":{Number(5)}",
            1 => $"\"model\":\"flat\",\"amount\":{Number(50)}",
            2 => $"\"model\":\"graduated\",\"per\":1000,\"tiers\":[{{\"up_to\":\"10.50\",\"unit_price\":{Number(5)}}},{{\"up_to\":null,\"unit_price\":{Number(5)},\"flat_price\":null}}]",
            3 => $"\"model\":\"volume\",\"tiers\":[{{\"up_to\":100,\"unit_price\":{Number(5)}}},{{\"unit_price\":0}}],\"free_units\":{Number(20)}",
            4 => $"\"model\":\"stairstep\",\"tiers\":[{{\"up_to\":\"10\",\"flat_price\":{Number(5)}}},{{\"up_to\":null,\"flat_price\":{Number(5)}}}],\"period\":\"day\"",
            5 => $"\"model\":\"package\",\"package_size\":1000,\"package_price\":{Number(5)},\"quantity_rounding\":\"up\"",
            6 => $"\"model\":\"percentage\",\"percent\":{Number(9)},\"fixed_per_event\":\"0.30\",\"free_events\":\"{random.Next(9)}\"",
            7 => $"\"model\":\"graduated_percentage\",\"tiers\":[{{\"percent\":{Number(9)}}}],\"max_per_period\":{Number(900)}",
            _ => $"\"model\":\"matrix\",\"dimensions\":[\"model\"],\"rows\":[{{\"values\":[\"flux\"],\"unit_price\":{Number(5)}}}],\"default\":{Number(5)}",
        };
        // Never more than one price without conditions per meter and asset, and each with another value of its condition.
        string Price(int i) => $"{{\"id\":\"p{random.Next(1_000_000)}-{i}\",\"meter\":\"m{random.Next(2)}\",\"asset\":\"{(random.Next(2) == 0 ? "usd" : "credits")}\",\"where\":{{\"tag\":[\"t{i}\",\"ü{i}\"]}},{Model()},\"carry\":{(random.Next(2) == 0 ? "true" : "false")}}}";
        int prices = random.Next(6);
        return $$"""
            {"$schema":"billing://schema/billing.json","time_zone":{{(random.Next(2) == 0 ? "null" : "\"Europe/Berlin\"")}},
             "customers":{"auto_create":{{(random.Next(2) == 0 ? "true" : "false")}}},
             "assets":[{"id":"credits","name":{{(random.Next(2) == 0 ? "null" : "\"Credits “x”\"")}},"scale":6}],
             "products":[{"id":"first","charge":"{{(random.Next(2) == 0 ? "every_asset" : "first_affordable")}}","prices":[{{string.Join(',', Enumerable.Range(0, prices).Select(Price))}}]},{"id":"second","pay_as_you_go":{{(random.Next(2) == 0 ? "true" : "false")}},"prices":[]}],
             "meters":[{"id":"m0","event_type":"a.b","aggregation":"sum","property":"n","filter":{} },{"id":"m1","event_type":"c d","aggregation":"count"}],
             "signup":{"grants":[{"asset":"credits","amount":{{Number(100)}},"expires_after_days":{{random.Next(1, 90)}},"products":["first"]}] } }
            """;
    }
}
