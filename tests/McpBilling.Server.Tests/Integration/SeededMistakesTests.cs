using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Integration;

/// <summary>The fixture app with eleven seeded mistakes, against the real program: each is found, named, and nothing else is.</summary>
public sealed class SeededMistakesTests(SeededMistakesTests.BillingProgram program) : IClassFixture<SeededMistakesTests.BillingProgram>
{
    private static readonly string Folder = Path.Combine(Needs.RepositoryFolder, "tests", "fixtures", "seeded-mistakes");

    /// <summary>The mistake, the check that must fail, and what its words must name.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "no_idempotency_id", "idempotency_ids", "id: is missing" },
        { "id_reused", "ids_not_reused", "idempotency_conflict" },
        { "hold_never_captured", "holds_ended", "never captured" },
        { "capture_without_authorize", "authorized_before_use", "undefined" },
        { "wrong_event_type", "event_types_priced", "video.rendered" },
        { "wrong_property_name", "property_names", "seconds" },
        { "string_for_number", "value_types", "properties.seconds" },
        { "wrong_customer_id", "customer_ids", "undefined" },
        { "clock_ahead", "clock", "5 minutes" },
        { "test_key_in_live", "test_or_live", "production" },
        { "retry_storm", "retries", "storm" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_seeded_mistake_is_found_and_named_and_nothing_else_is(string mistake, string check, string named)
    {
        var answer = await program.RunApp(mistake);
        Assert.Equal([check], Failed(answer));
        var finding = answer.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").GetString() == check);
        Assert.Contains(named, finding.GetProperty("found").GetString() + finding.GetProperty("fix").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(finding.GetProperty("fix").GetString()!);
        Assert.True(finding.GetProperty("evidence").GetProperty("count").GetInt64() > 0);
        Assert.Equal("fail", answer.GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task All_mistakes_together_are_found_each_by_its_check() =>
        Assert.Equal(Mistakes.Select(m => m.Data.Item2).Order(), Failed(await program.RunApp("all")).Order());

    [Fact]
    public async Task The_right_app_is_clean_and_its_amounts_are_proven()
    {
        var answer = await program.RunApp("");
        Assert.Empty(Failed(answer));
        Assert.Equal("pass", answer.GetProperty("verdict").GetString());
        // This app calls no model and reports no costs; everything else was seen.
        Assert.Equal(["costs_recorded"], answer.GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("status").GetString() == "not_seen_yet").Select(f => f.GetProperty("check").GetString()));
        var amounts = answer.GetProperty("amounts");
        Assert.Equal(4, amounts.GetProperty("events_compared").GetInt32());
        Assert.Equal(0, amounts.GetProperty("differences").GetArrayLength());
        var sum = Assert.Single(amounts.GetProperty("sums").EnumerateArray());
        Assert.Equal(sum.GetProperty("expected").GetString(), sum.GetProperty("actual").GetString());

        string id = answer.GetProperty("proof_id").GetString()!;
        var shown = await program.Command("proof", "show", id);
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("pass", shown.Out, StringComparison.Ordinal);
        Assert.Contains("calculated anew, independently: 4 events", shown.Out, StringComparison.Ordinal);
        var listed = await program.Command("proof", "list", "--json");
        Assert.Contains(id, listed.Out, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await program.Command("proof", "show", id, "--json")).Out);
        Assert.StartsWith("key_", json.RootElement.GetProperty("who").GetString(), StringComparison.Ordinal);
    }

    private static List<string> Failed(JsonElement answer) =>
        [.. answer.GetProperty("findings").EnumerateArray().Where(f => f.GetProperty("status").GetString() == "fail").Select(f => f.GetProperty("check").GetString()!)];

    /// <summary>One <c>mcp-billing serve</c> for all cases: each judges its own time, with a key and ids of its own.</summary>
    public sealed class BillingProgram : IAsyncLifetime
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-mistakes-");
        private readonly HttpClient http = new();
        private ProgramProcess serve = null!;
        private string node = "";
        private int runs;

        private string Data => Path.Combine(folder.FullName, "billing.db");

        public async ValueTask InitializeAsync()
        {
            node = Needs.Program("node");
            serve = await ProgramProcess.Serve(Data);
            var applied = await ProgramProcess.Run(Data, "apply", Path.Combine(Folder, "billing.json"));
            Assert.Equal((0, ""), (applied.ExitCode, applied.Error));
        }

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            if (serve is not null)
            {
                await serve.DisposeAsync();
            }
            folder.Delete(recursive: true);
        }

        internal Task<(int ExitCode, string Out, string Error)> Command(params string[] arguments) => ProgramProcess.Run(Data, arguments);

        /// <summary>Runs the app with these mistakes, and has judged what came since.</summary>
        internal async Task<JsonElement> RunApp(string mistakes)
        {
            string key = (await ProgramProcess.Run(Data, "keys", "create", "--name", "fixture")).Out.Trim();
            string since = (await Ask(HttpMethod.Get, "/v1/test-clock", key, null)).GetProperty("now").GetString()!;
            var ran = await ProgramProcess.RunAny(
                node, ["app.js"], Folder, ("MCP_BILLING_URL", serve.Url), ("MCP_BILLING_KEY", key), ("MISTAKES", mistakes), ("RUN", $"r{Interlocked.Increment(ref runs)}"));
            Assert.True(ran.ExitCode == 0, ran.Error);
            while (true)
            {
                var answer = await Ask(HttpMethod.Post, "/v1/integrations/verify", key, new { since, product = "studio" });
                // The forgotten hold lasts a second.
                if (answer.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").GetString() == "holds_ended") is var holds
                    && !holds.GetProperty("found").GetString()!.Contains("open", StringComparison.Ordinal))
                {
                    return answer;
                }
                await Task.Delay(100);
            }
        }

        private async Task<JsonElement> Ask(HttpMethod method, string path, string key, object? body)
        {
            using var request = new HttpRequestMessage(method, new Uri(new Uri(serve.Url), path)) { Content = body is null ? null : JsonContent.Create(body) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await http.SendAsync(request);
            string text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return JsonDocument.Parse(text).RootElement;
        }
    }
}
