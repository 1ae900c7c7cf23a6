using System.Text;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Mcp;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>What is answered before the MCP library is made is what the library would have answered, and is answered once.</summary>
public sealed class EarlyAnswersTests
{
    private const string Initialized = """{"jsonrpc":"2.0","method":"notifications/initialized"}""";

    private const string ListTools = """{"jsonrpc":"2.0","id":2,"method":"tools/list"}""";

    private static readonly string[] Revisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

    public static TheoryData<string, string> UsualRequests => new MatrixTheoryData<string, string>(Revisions, ["0", "7", "-1", "9007199254740991", "\"a-1.b:c_D\""]);

    public static TheoryData<string> UnusualRequests => [
        Greeting(revision: "2020-01-01"),
        Greeting(revision: "2026-07-28"),
        Greeting(id: "\"\\u0061\""),
        Greeting(id: "\"é\""),
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}""",
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","clientInfo":{"name":"x","version":"1"}}}""",
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x"}}}""",
        """{"jsonrpc":"2.0","id":1,"method":"initialize"}""",
        """{"jsonrpc":"2.0","id":1,"method":"ping"}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""",
        """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
    ];

    [Theory]
    [MemberData(nameof(UsualRequests))]
    public async Task The_greeting_and_the_tools_are_those_of_the_library(string revision, string id)
    {
        string[] lines = [Greeting(revision, id), Initialized, $$"""{"jsonrpc":"2.0","id":"tools","method":"tools/list"}"""];
        var known = Listing();
        Assert.NotNull(FirstAnswers.Greet(Encoding.UTF8.GetBytes(lines[0])));
        Assert.NotNull(FirstAnswers.Of(known)!.List(Encoding.UTF8.GetBytes(lines[2])));
        await AssertSame(known, lines);
    }

    [Theory]
    [InlineData(false, "default")]
    [InlineData(true, "default")]
    [InlineData(false, "all")]
    [InlineData(true, "payments")]
    public async Task The_tools_are_those_of_the_command_line(bool readOnly, string sets)
    {
        var listing = Listing() with
        {
            ReadOnly = readOnly,
            ToolSets = sets switch { "all" => Enum.GetValues<ToolSet>().ToHashSet(), "payments" => new HashSet<ToolSet> { ToolSet.Payments }, _ => McpSurface.DefaultToolSets },
        };
        Assert.NotNull(FirstAnswers.Of(listing)!.List(Encoding.UTF8.GetBytes(ListTools)));
        await AssertSame(listing, [Greeting(), """{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{}}"""]);
    }

    [Theory]
    [MemberData(nameof(UnusualRequests))]
    public async Task What_is_asked_in_another_way_is_left_to_the_library(string first)
    {
        Assert.Null(FirstAnswers.Greet(Encoding.UTF8.GetBytes(first)));
        await AssertSame(Listing(), [first, Initialized, """{"jsonrpc":"2.0","id":"after","method":"tools/list"}"""]);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"x"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":{"progressToken":1}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":2,"method":"tools/list","params":[]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":2,"method":"prompts/list"}""")]
    [InlineData("""{"jsonrpc":"1.0","id":2,"method":"tools/list"}""")]
    public async Task A_list_that_is_more_than_a_list_is_left_to_the_library(string asked)
    {
        Assert.Null(FirstAnswers.Of(Listing())!.List(Encoding.UTF8.GetBytes(asked)));
        await AssertSame(Listing(), [Greeting(), asked, """{"jsonrpc":"2.0","id":3,"method":"ping"}"""]);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"initialize"}]""")]
    [InlineData("""{"jsonrpc":"2.0","id":1.0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1e0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}} {}""")]
    public void What_is_no_request_is_not_answered(string line)
    {
        Assert.Null(FirstAnswers.Greet(Encoding.UTF8.GetBytes(line)));
        Assert.Null(FirstAnswers.Of(Listing())!.List(Encoding.UTF8.GetBytes(line)));
    }

    [Fact]
    public async Task A_first_line_beyond_any_greeting_is_left_to_the_library() =>
        await AssertSame(Listing(), [Greeting(client: new string('x', 200_000)), ListTools]);

    [Fact]
    public void Where_calls_are_watched_or_the_conversation_offers_more_all_answers_are_the_librarys()
    {
        Assert.Null(FirstAnswers.Of(Listing() with { IsWatched = true }));
        Assert.Null(FirstAnswers.Of(Listing() with { Conversation = new Conversation() }));
    }

    [Fact]
    public async Task Both_are_given_without_the_library_and_not_before_the_data_is_open()
    {
        byte[] sent = Encoding.UTF8.GetBytes($"{Greeting()}\n{Initialized}\n{ListTools}\nmore");
        using var output = new MemoryStream();
        var (early, ready) = (new EarlyAnswers(new MemoryStream(sent), output, FirstAnswers.Of(Listing())), new TaskCompletionSource());
        var giving = early.Give(ready.Task, TestContext.Current.CancellationToken);
        Assert.False(early.Greeted.IsCompleted);
        Assert.Equal(0, output.Length);
        ready.SetResult();
        await giving;
        Assert.True(early.HasGreeted);
        Assert.Equal(["1", "2"], Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!["id"]!.ToJsonString()));
        using var read = new MemoryStream();
        await early.Input.CopyToAsync(read, TestContext.Current.CancellationToken);
        Assert.Equal(sent, read.ToArray());
    }

    [Fact]
    public async Task A_client_that_only_greets_and_goes_is_greeted()
    {
        await using var session = new PipedSession(Listing(), Task.FromResult(Listing()));
        await session.Ask(Greeting());
        Assert.Single(await session.End());
    }

    [Fact]
    public async Task A_client_that_says_nothing_hears_nothing()
    {
        await using var session = new PipedSession(Listing(), Task.FromResult(Listing()));
        Assert.Empty(await session.End());
    }

    /// <summary>Any requests, cut anywhere on their way: the same answers, each once.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_lines_are_cut_and_whatever_they_ask_the_answers_are_the_librarys(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 25; round++)
        {
            string[] lines = [.. Enumerable.Range(0, random.Next(1, 8)).Select(i => (i == 0 && random.Next(4) > 0 ? 0 : random.Next(6)) switch
            {
                0 => Greeting(Revisions[random.Next(4)], $"{i}"),
                1 => Initialized,
                2 or 3 => $$"""{"jsonrpc":"2.0","id":{{i}},"method":"tools/list"}""",
                4 => $$"""{"jsonrpc":"2.0","id":"{{i}}","method":"ping"}""",
                _ => $$"""{"jsonrpc":"2.0","id":{{i}},"method":"no/such"}""",
            })];
            await AssertSame(Listing(), lines, random);
        }
    }

    private static async Task AssertSame(McpSurface listing, string[] lines, Random? cuts = null)
    {
        var expected = await Answers(listing with { IsWatched = true }, lines, null);
        var heard = await Answers(listing, lines, cuts);
        Assert.Equal(expected.Keys.Order(), heard.Keys.Order());
        Assert.All(expected, answer => Assert.True(JsonNode.DeepEquals(answer.Value, heard[answer.Key]), $"{answer.Value}\nbut heard\n{heard[answer.Key]}\nto\n{string.Join('\n', lines)}"));
    }

    /// <summary>The answers by id; fails where one came twice.</summary>
    private static async Task<Dictionary<string, JsonNode>> Answers(McpSurface listing, string[] lines, Random? cuts)
    {
        await using var session = new PipedSession(listing, Task.FromResult(listing));
        byte[] bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(bytes.Length - at, cuts?.Next(1, 300) ?? bytes.Length);
            await session.Send(bytes.AsMemory(at, length));
            at += length;
        }
        var answers = (await session.End()).Select(a => JsonNode.Parse(a)!).Where(a => a["method"] is null);
        return answers.ToDictionary(a => a["id"]?.ToJsonString() ?? "none", a => a);
    }

    private static McpSurface Listing() => Parts.OfProgram().Listing(NullLoggerFactory.Instance) with { KeepsKeys = true };

    private static string Greeting(string revision = "2025-11-25", string id = "1", string client = "x") =>
        $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"initialize","params":{"protocolVersion":"{{{{revision}}}}","capabilities":{"roots":{}},"clientInfo":{"name":"{{{{client}}}}","version":"1"}}}""";
}
