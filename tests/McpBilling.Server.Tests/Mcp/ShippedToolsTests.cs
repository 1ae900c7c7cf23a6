using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>What the product really offers: held by snapshots, so that a contract cannot change unseen, and within its budgets.</summary>
public sealed class ShippedToolsTests
{
    private static readonly JsonSerializerOptions Indented = new(McpJsonUtilities.DefaultOptions) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Unindented = new(Indented) { WriteIndented = false };

    private static readonly McpSurface Everything = new()
    {
        Operations = AllOperations.List,
        Billing = new FakeBilling(),
        Json = BillingJsonOptions.Create(BillingJson.Default),
        ToolSets = Enum.GetValues<ToolSet>().ToHashSet(),
        // As over stdio: the tool that makes keys is offered there only.
        LocalCaller = TestOperations.Local,
        ApiKeys = new NoKeys(),
        LocalFolder = "/nowhere",
    };

    private static readonly IReadOnlyList<(Operation Operation, Tool Tool)> Shipped =
        [.. Everything.Tools.Select(o => (o, ToolProjection.Project(o, Everything.Json)))];

    private static readonly Tool[] Default = [.. Shipped.Where(s => McpSurface.DefaultToolSets.Contains(s.Operation.ToolSet)).Select(s => s.Tool)];

    /// <summary>The operations behind the default set, in the order of its list.</summary>
    internal static IReadOnlyList<Operation> DefaultOperations => [.. Shipped.Where(s => McpSurface.DefaultToolSets.Contains(s.Operation.ToolSet)).Select(s => s.Operation)];

    public static TheoryData<string> Names => [.. Shipped.Select(s => s.Tool.Name)];

    private static string Snapshots => Repository.PathTo("tests", "McpBilling.Server.Tests", "Mcp", "snapshots");

    [Theory]
    [MemberData(nameof(Names))]
    public void A_tool_is_what_its_snapshot_says(string name) =>
        AssertFile(Path.Combine(Snapshots, name + ".json"), Json(Shipped.Single(s => s.Tool.Name == name).Tool));

    [Fact]
    public void No_snapshot_is_left_of_a_tool_that_is_gone()
    {
        var files = Directory.GetFiles(Snapshots, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!);
        Assert.Empty(files.Except(Shipped.Select(s => s.Tool.Name)));
    }

    [Fact]
    public void The_file_inside_the_program_equals_the_types()
    {
        var tools = JsonNode.Parse(ToolsFile.Write(Shipped.Select(s => s.Tool)))!;
        AssertFile(Repository.PathTo("src", "McpBilling.Server", "Mcp", "tools.json"), tools.ToJsonString(Indented) + "\n");
    }

    [Fact]
    public void The_page_of_tools_is_up_to_date() => AssertFile(Repository.PathTo("docs", "tools.md"), ToolsPage.Write(Shipped, Everything.Json));

    [Fact]
    public void Every_tool_of_the_issue_is_there()
    {
        string[] usual =
        [
            "get_started", "create_api_key", "get_catalog", "apply_catalog", "define_asset", "define_meter", "define_product", "define_price", "archive_catalog_item", "save_customer",
            "list_customers", "get_wallet", "grant_credit", "adjust_balance", "list_entries", "authorize_usage", "capture_hold", "void_hold", "record_usage",
            "reverse_usage", "list_usage",
        ];
        Assert.Empty(usual.Except(Default.Select(t => t.Name)));
        Assert.DoesNotContain(Default, t => t.Name == "advance_test_clock");
        Assert.Contains(Shipped, s => s.Tool.Name == "advance_test_clock");
    }

    [Fact]
    public void The_default_set_is_within_its_budgets()
    {
        Assert.InRange(Default.Length, 1, 30);
        Assert.InRange(JsonSerializer.Serialize(Default, Unindented).Length / 4, 1, 10_000);
        Assert.InRange(Encoding.UTF8.GetByteCount(BillingServer.Instructions), 1, 2_048);
        Assert.All(Shipped, s => Assert.InRange(Encoding.UTF8.GetByteCount(s.Tool.Description!), 1, 2_048));
    }

    [Fact]
    public void Every_tool_keeps_the_conventions()
    {
        foreach (var (operation, tool) in Shipped)
        {
            Assert.Matches("^[a-z][a-z0-9_]{2,63}$", tool.Name);
            Assert.NotEmpty(tool.Title!);
            var hints = tool.Annotations!;
            Assert.True(hints is { ReadOnlyHint: not null, DestructiveHint: not null, IdempotentHint: not null, OpenWorldHint: false }, tool.Name);
            Assert.False(hints is { ReadOnlyHint: true, DestructiveHint: true }, tool.Name);
            Assert.False(tool.InputSchema.GetProperty("additionalProperties").GetBoolean(), tool.Name);
            Assert.NotNull(tool.OutputSchema);
            foreach (var parameter in tool.InputSchema.GetProperty("properties").EnumerateObject())
            {
                Assert.True(parameter.Value.TryGetProperty("description", out _), $"{tool.Name}.{parameter.Name} has no description");
            }
            Assert.Equal(operation.Reads, hints.ReadOnlyHint);
        }
    }

    [Fact]
    public void Whatever_destroys_asks_or_gives_back()
    {
        // Voiding a hold frees credit and reversing gives it back: nobody loses anything by them.
        string[] gives = ["void_hold", "reverse_usage"];
        var silent = Shipped.Where(s => s.Operation.Destroys && !Confirmations.MayAsk(s.Operation)).Select(s => s.Tool.Name);
        Assert.Empty(silent.Except(gives));
    }

    /// <summary>Keys that nobody asks for: definitions of tools need none.</summary>
    private sealed class NoKeys : IApiKeys
    {
        public (string Key, ApiKey Kept) Create(string name, Mode mode, System.Collections.Frozen.FrozenSet<string> scopes, McpBilling.Money.Instant? expiresAt) => throw new NotSupportedException();

        public ApiKey? Find(ReadOnlySpan<char> key) => throw new NotSupportedException();

        public ApiKey? FindAtEnd(string text, int start) => throw new NotSupportedException();

        public IReadOnlyList<ApiKey> List() => throw new NotSupportedException();

        public bool Revoke(string keyId) => throw new NotSupportedException();

        public Caller LocalCaller() => throw new NotSupportedException();

        public Caller OwnerCaller(Mode mode) => throw new NotSupportedException();
    }

    private static string Json(Tool tool) => JsonSerializer.SerializeToNode(tool, McpJsonUtilities.DefaultOptions)!.ToJsonString(Indented) + "\n";

    private static void AssertFile(string path, string expected)
    {
        if (Repository.Updating)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
            return;
        }
        Assert.True(File.Exists(path), $"{path} is missing: run the tests once with UPDATE_SNAPSHOTS=1 and read the difference.");
        Assert.Equal(expected, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }
}
