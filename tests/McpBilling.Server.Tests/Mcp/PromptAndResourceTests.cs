using McpBilling.Operations;
using McpBilling.Server.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp;

public sealed class PromptAndResourceTests
{
    private readonly FakeBilling billing = new();

    public static TheoryData<string, McpErrorCode> MissingResourceCodes => new()
    {
        { McpPair.Initialize, McpErrorCode.ResourceNotFound },
        { McpPair.Discover, McpErrorCode.InvalidParams },
    };

    [Fact]
    public async Task Every_prompt_has_a_title_and_described_arguments_and_ends_in_a_check()
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        var prompts = await pair.Client.ListPromptsAsync();
        Assert.Equal(
            ["bill-an-endpoint", "charge-per-image", "charge-per-outcome", "charge-per-token", "explain-a-balance", "find-unprofitable-customers", "gpu-hours", "hybrid-plan",
                "migrate-from-stripe", "prepaid-credits", "set-up-billing"],
            prompts.Select(p => p.Name));
        foreach (var prompt in prompts)
        {
            Assert.NotEmpty(prompt.Title!);
            Assert.NotEmpty(prompt.Description!);
            Assert.All(prompt.ProtocolPrompt.Arguments!, a => Assert.NotEmpty(a.Description!));
            var given = prompt.ProtocolPrompt.Arguments!.ToDictionary(a => a.Name, object? (a) => $"<{a.Name}>");
            string text = TextOf(await pair.Client.GetPromptAsync(prompt.Name, given));
            Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
            Assert.All(given.Values, value => Assert.Contains((string)value!, text, StringComparison.Ordinal));
            Assert.Matches("(?i)verif", text);
            Assert.InRange(text.Length, 1, 4_000);
        }
    }

    [Fact]
    public async Task Tools_that_prompts_and_instructions_name_exist_or_are_announced()
    {
        // Those of issue 4 are announced; a prompt must not send a model to any other that is not there.
        string[] tools =
        [
            .. ShippedToolsTests.Names.Select(n => n.Data), "simulate_pricing", "generate_integration", "verify_integration", "explain_charge",
            "authorize_capture", "record_after", // styles of generate_integration
            "generate_content", // what a span calls its operation
        ];
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        var texts = new List<string> { BillingServer.Instructions };
        texts.AddRange(DocTopic.All.Select(t => t.Text));
        foreach (var prompt in await pair.Client.ListPromptsAsync())
        {
            texts.Add(TextOf(await pair.Client.GetPromptAsync(prompt.Name, prompt.ProtocolPrompt.Arguments!.ToDictionary(a => a.Name, object? (_) => "x"))));
        }
        var named = texts.SelectMany(t => System.Text.RegularExpressions.Regex.Matches(t, "`((?:get|apply|define|archive|save|list|grant|adjust|authorize|capture|void|record|reverse|advance|simulate|generate|verify|explain|create)_[a-z_]+)`")).Select(m => m.Groups[1].Value);
        Assert.Empty(named.Except(tools).Except(ErrorCode.All.Keys));
    }

    [Fact]
    public async Task A_prompt_refuses_an_unknown_or_missing_argument_and_an_unknown_name()
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        var missing = await Assert.ThrowsAsync<McpProtocolException>(async () => await pair.Client.GetPromptAsync("explain-a-balance"));
        Assert.Contains("customer_id", missing.Message, StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<McpProtocolException>(async () => await pair.Client.GetPromptAsync("set-up-billing", new Dictionary<string, object?> { ["price"] = "1" }));
        Assert.Contains("price", unknown.Message, StringComparison.Ordinal);
        var nobody = await Assert.ThrowsAsync<McpProtocolException>(async () => await pair.Client.GetPromptAsync("nope"));
        Assert.Equal(McpErrorCode.InvalidParams, nobody.ErrorCode);
    }

    [Fact]
    public void An_argument_stays_on_one_line_and_is_cut()
    {
        var file = PromptFile.Parse("---\nname: a\ntitle: b\ndescription: c\narguments:\n  - name: x\n    description: d\n---\n[{{x}}]\n");
        Assert.Equal("[a  b]\n", file.Render(new Dictionary<string, string> { ["x"] = "a\r\nb" }));
        Assert.Equal(1_000 + "[…]\n".Length, file.Render(new Dictionary<string, string> { ["x"] = new string('y', 5_000) }).Length);
    }

    [Theory]
    [InlineData("explain-a-balance", "customer_id", "user", "user_1,user_2")]
    [InlineData("explain-a-balance", "customer_id", "", "other,user_1,user_2")]
    [InlineData("explain-a-balance", "asset", "", "credits,usd")]
    [InlineData("explain-a-balance", "question", "", "")]
    [InlineData("bill-an-endpoint", "product_id", "im", "image-generation")]
    [InlineData("bill-an-endpoint", "product_id", "zz", "")]
    [InlineData("bill-an-endpoint", "style", "rec", "record_after")]
    [InlineData("set-up-billing", "no_such", "", "")]
    [InlineData("charge-per-image", "language", "", "typescript,python,csharp,go,curl")]
    [InlineData("charge-per-token", "framework", "f", "fastapi,flask")]
    [InlineData("migrate-from-stripe", "event_type", "", "image.generated")]
    [InlineData("prepaid-credits", "asset", "c", "credits")]
    [InlineData("find-unprofitable-customers", "product", "", "image-generation")]
    public async Task Arguments_of_prompts_are_suggested(string prompt, string argument, string typed, string expected)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        var result = await pair.Client.CompleteAsync(new PromptReference { Name = prompt }, argument, typed);
        Assert.Equal(expected, string.Join(",", result.Completion.Values));
    }

    public static TheoryData<string, string, string, string> TemplateArguments => new()
    {
        { Resources.WalletTemplate, "customer_id", "oth", "other" },
        { Resources.DocsTemplate, "topic", "", string.Join(",", Topics) },
        { Resources.DocsTemplate, "topic", "pri", "pricing-models" },
    };

    /// <summary>Every page of docs/topics is a resource.</summary>
    private static IEnumerable<string> Topics =>
        Directory.GetFiles(Repository.PathTo("docs", "topics"), "*.md").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(TemplateArguments))]
    public async Task Arguments_of_resources_are_suggested(string template, string argument, string typed, string expected)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        var result = await pair.Client.CompleteAsync(new ResourceTemplateReference { Uri = template }, argument, typed);
        Assert.Equal(expected, string.Join(",", result.Completion.Values));
    }

    [Theory]
    [InlineData("language")]
    [InlineData("framework")]
    [InlineData("style")]
    public async Task What_is_suggested_for_code_is_what_generate_integration_takes(string argument)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        var suggested = await pair.Client.CompleteAsync(new PromptReference { Name = "bill-an-endpoint" }, argument, "");
        var schema = ToolsFile.Read().Single(t => t.Name == "generate_integration").InputSchema;
        Assert.Equal(schema.GetProperty("properties").GetProperty(argument).GetProperty("enum").EnumerateArray().Select(v => v.GetString()!), suggested.Completion.Values);
    }

    [Fact]
    public async Task Suggestions_show_nothing_to_a_caller_who_may_not_read()
    {
        var writer = TestOperations.Local with { ScopeNames = System.Collections.Frozen.FrozenSet.Create(Scopes.UsageWrite) };
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing) with { LocalCaller = writer }, McpPair.Discover);
        Assert.Empty((await pair.Client.CompleteAsync(new PromptReference { Name = "explain-a-balance" }, "customer_id", "")).Completion.Values);
        Assert.Empty((await pair.Client.CompleteAsync(new PromptReference { Name = "bill-an-endpoint" }, "product_id", "")).Completion.Values);
        await Assert.ThrowsAsync<McpProtocolException>(async () => await pair.Client.ReadResourceAsync(Resources.CatalogUri));
    }

    [Fact]
    public async Task Every_listed_resource_is_readable()
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        var resources = await pair.Client.ListResourcesAsync();
        Assert.Equal(
            [Resources.CatalogUri, Resources.Schema, .. Topics.Select(t => "billing://docs/" + t)],
            resources.Select(r => r.Uri));
        foreach (var resource in resources)
        {
            var content = Assert.IsType<TextResourceContents>(Assert.Single((await pair.Client.ReadResourceAsync(resource.Uri)).Contents));
            Assert.Equal(resource.Uri, content.Uri);
            Assert.Equal(resource.MimeType, content.MimeType);
            Assert.NotEmpty(content.Text);
        }
    }

    [Fact]
    public async Task A_wallet_is_read_by_its_customer()
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), McpPair.Discover);
        var content = Assert.IsType<TextResourceContents>((await pair.Client.ReadResourceAsync("billing://customers/user%20%221%22/wallet")).Contents[0]);
        Assert.Equal("""{"customer_id":"user \"1\"","note":"hello"}""", content.Text.Replace("\\u0022", "\\\"", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(MissingResourceCodes))]
    public async Task An_unknown_resource_has_the_code_of_its_era(string era, McpErrorCode code)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(billing), era);
        foreach (string uri in new[] { "nope://x", "billing://", "billing://docs/", "billing://docs/nope", "billing://customers//wallet", "billing://customers/nobody/wallet", "file:///etc/passwd" })
        {
            var error = await Assert.ThrowsAsync<McpProtocolException>(async () => await pair.Client.ReadResourceAsync(uri));
            Assert.Equal(code, error.ErrorCode);
        }
    }

    [Fact]
    public void The_page_of_errors_names_every_code()
    {
        string page = DocTopic.All.Single(t => t.Name == "errors").Text;
        Assert.All(ErrorCode.All.Values, code => Assert.Contains($"| `{code.Name}` | {code.Status} |", page, StringComparison.Ordinal));
    }

    private static string TextOf(GetPromptResult result) => ((TextContentBlock)Assert.Single(result.Messages).Content).Text;
}
