using System.Text.Json;
using McpBilling.Server.Tests.Mcp;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Integration;

/// <summary>What generate_integration answers: by the builder's names, without secrets, and with a way out of every mistake.</summary>
public sealed class GenerateIntegrationTests
{
    private const string Images =
        """
        {"assets":[{"id":"credits","name":"Image credits"}],
         "meters":[{"id":"images","event_type":"image.generated","aggregation":"sum"}],
         "products":[{"id":"image-generation","name":"Image generation","charge":"first_affordable","prices":[
           {"id":"image-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"},
           {"id":"image-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"}]}],
         "signup":{"grants":[{"asset":"credits","amount":"100"}]}}
        """;

    private static readonly string[] Languages = ["typescript", "python", "csharp", "go", "curl"];

    /// <summary>One combination per language, for reviewers to read.</summary>
    public static TheoryData<string, string> Snapshots =>
        new() { { "typescript", "express" }, { "python", "fastapi" }, { "csharp", "aspnetcore" }, { "go", "nethttp" }, { "curl", "none" } };

    [Theory]
    [MemberData(nameof(Snapshots))]
    public async Task The_files_for_four_cents_an_image_are_what_the_snapshot_says(string language, string framework)
    {
        var made = await Made(Images, new { language, framework });
        string folder = Repository.PathTo("tests", "McpBilling.Server.Tests", "Integration", "snapshots", language);
        var files = Files(made).ToDictionary(f => f.Path + ".txt", f => f.Content, StringComparer.Ordinal);
        files["advice.txt"] = string.Join('\n', [.. Texts(made, "placement"), "", .. Texts(made, "test_plan"), ""]);
        if (Repository.Updating)
        {
            foreach (var (path, content) in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
                await File.WriteAllTextAsync(Path.Combine(folder, path), content);
            }
        }
        Assert.Equal(files.Keys.Order(StringComparer.Ordinal), Directory.GetFiles(folder, "*.txt", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal));
        foreach (var (path, content) in files)
        {
            Assert.Equal(content, (await File.ReadAllTextAsync(Path.Combine(folder, path))).ReplaceLineEndings("\n"));
        }
    }

    [Fact]
    public async Task The_key_is_named_and_never_told()
    {
        foreach (string language in Languages)
        {
            var made = await Made(Images, new { language });
            Assert.DoesNotContain("mb_test_", made.ToString(), StringComparison.Ordinal);
            var key = made.GetProperty("environment").EnumerateArray().Single(e => e.GetProperty("name").GetString() == "MCP_BILLING_KEY");
            Assert.True(key.GetProperty("secret").GetBoolean());
            Assert.False(key.TryGetProperty("value", out _));
        }
    }

    [Fact]
    public async Task Advice_speaks_of_the_builders_own_events_and_prices()
    {
        var made = await Made(Images, new { language = "typescript", framework = "express" });
        string advice = string.Join('\n', [.. Texts(made, "placement"), .. Texts(made, "test_plan")]);
        Assert.Contains("image.generated", advice, StringComparison.Ordinal);
        Assert.Contains("image-generation: 1 credits each, else 0.04 usd each", advice, StringComparison.Ordinal);
        Assert.Contains("create_api_key", advice, StringComparison.Ordinal);
        Assert.Contains("mcp-billing keys create", advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_catalog_without_products_says_what_to_call_first()
    {
        var problem = await Refused("{}", new { language = "go" }, 400);
        Assert.Contains("apply_catalog", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_product_gets_the_nearest_one()
    {
        var problem = await Refused(Images, new { language = "go", products = new[] { "image-generatoin" } }, 404);
        Assert.Equal("products", problem.GetProperty("field").GetString());
        Assert.Contains("Did you mean \"image-generation\"?", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("python", "express", "none, fastapi, flask", "typescript")]
    [InlineData("curl", "flask", "none", "python")]
    [InlineData("go", "aspnetcore", "none, nethttp", "csharp")]
    public async Task A_framework_of_another_language_is_refused_with_the_ones_there_are(string language, string framework, string there, string home)
    {
        var problem = await Refused(Images, new { language, framework }, 400);
        Assert.Equal("framework", problem.GetProperty("field").GetString());
        Assert.Contains($"{language} has {there}. Send one of those, or language {home}", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_cannot_be_billed_by_a_catalog_that_counts_images()
    {
        var problem = await Refused(Images, new { language = "python", style = "llm" }, 400);
        Assert.Equal("style", problem.GetProperty("field").GetString());
        Assert.Contains("image.generated", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("authorize_capture", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    /// <summary>How catalogs count tokens: the calls that tokens_used makes of them.</summary>
    [Theory]
    [InlineData("""[{"id":"in","event_type":"llm.completed","aggregation":"sum","property":"input_tokens"},{"id":"out","event_type":"llm.completed","aggregation":"sum","property":"output_tokens"}]""",
        "events.llm_completed(input_tokens=use.input_tokens, output_tokens=use.output_tokens)")]
    [InlineData("""[{"id":"tokens","event_type":"chat.used","aggregation":"sum"}]""", "events.chat_used(quantity=use.input_tokens + use.output_tokens)")]
    [InlineData("""[{"id":"tokens","event_type":"chat","aggregation":"sum","property":"total_tokens"}]""", "events.chat(total_tokens=use.input_tokens + use.output_tokens)")]
    [InlineData("""[{"id":"a","event_type":"tokens.input","aggregation":"sum"},{"id":"b","event_type":"tokens.output","aggregation":"sum"}]""",
        "events.tokens_input(quantity=use.input_tokens)", "events.tokens_output(quantity=use.output_tokens)")]
    [InlineData("""[{"id":"a","event_type":"tokens","aggregation":"sum","filter":{"type":["input"]}},{"id":"b","event_type":"tokens","aggregation":"sum","filter":{"type":["output"]}}]""",
        "events.tokens(quantity=use.input_tokens, type=\"input\")", "events.tokens(quantity=use.output_tokens, type=\"output\")")]
    [InlineData("""[{"id":"calls","event_type":"llm.call","aggregation":"count","filter":{"model":["small","large"]}}]""", "events.llm_call(model=use.model)")]
    public async Task Token_counts_find_their_names_in_the_catalog(string meters, params string[] calls)
    {
        string prices = string.Join(',', JsonElement.Parse(meters).EnumerateArray().Select((m, i) =>
            $$"""{"id":"p{{i}}","meter":"{{m.GetProperty("id").GetString()}}","asset":"usd","model":"per_unit","unit_price":"0.01"}"""));
        var made = await Made($$"""{"meters":{{meters}},"products":[{"id":"chat","prices":[{{prices}}]}]}""", new { language = "python", style = "llm" });
        string code = Files(made).Single(f => f.Path.EndsWith("llm.py", StringComparison.Ordinal)).Content;
        Assert.Equal(calls.Select(c => c + ","), code.Split('\n').Select(l => l.Trim()).Where(l => l.StartsWith("events.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Only_the_chosen_products_events_are_generated()
    {
        const string two =
            """
            {"meters":[{"id":"a","event_type":"image.made","aggregation":"count"},{"id":"b","event_type":"video.made","aggregation":"count"}],
             "products":[{"id":"images","prices":[{"id":"p1","meter":"a","asset":"usd","model":"per_unit","unit_price":"1"}]},
                         {"id":"videos","prices":[{"id":"p2","meter":"b","asset":"usd","model":"per_unit","unit_price":"2"}]}]}
            """;
        var made = await Made(two, new { language = "go", products = new[] { "videos" } });
        string code = Files(made).Single(f => f.Path.EndsWith("events.go", StringComparison.Ordinal)).Content;
        Assert.Contains("func VideoMade() UsageEvent", code, StringComparison.Ordinal);
        Assert.DoesNotContain("ImageMade", code, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> Made(string catalog, object input)
    {
        var reply = await Ask(catalog, input);
        Assert.True(reply.Status == 200, reply.Text);
        return reply.Json;
    }

    private static async Task<JsonElement> Refused(string catalog, object input, int expected)
    {
        var reply = await Ask(catalog, input);
        Assert.Equal(expected, reply.Status);
        return reply.Json;
    }

    private static async Task<Reply> Ask(string catalog, object input)
    {
        await using var server = await LiveServer.Start();
        await server.Client.Apply(JsonElement.Parse(catalog));
        var reply = await server.Client.Post("/v1/integrations", input);
        Assert.DoesNotContain(server.Key, reply.Text, StringComparison.Ordinal);
        return reply;
    }

    private static IEnumerable<(string Path, string Content)> Files(JsonElement made) =>
        made.GetProperty("files").EnumerateArray().Select(f => (f.GetProperty("path").GetString()!, f.GetProperty("content").GetString()!));

    private static IEnumerable<string> Texts(JsonElement made, string field) => made.GetProperty(field).EnumerateArray().Select(t => t.GetString()!);
}
