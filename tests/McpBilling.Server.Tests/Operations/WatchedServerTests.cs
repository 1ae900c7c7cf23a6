using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace McpBilling.Server.Tests.Operations;

/// <summary>What a busy server tells of itself: figures, spans, lines. And what it tells to nobody.</summary>
public sealed partial class WatchedServerTests(WatchedShop shop) : IClassFixture<WatchedShop>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Commands_are_counted_by_kind_and_outcome()
    {
        var scrape = await shop.Scraped();
        Assert.Equal(3, scrape.Value("mcp_billing_commands_total", "kind=\"record_usage\"", "outcome=\"done\""));
        Assert.Equal(1, scrape.Value("mcp_billing_commands_total", "kind=\"record_usage\"", "outcome=\"replayed\""));
        Assert.Equal(1, scrape.Value("mcp_billing_commands_total", "kind=\"record_usage\"", "outcome=\"insufficient_balance\""));
        Assert.Equal(1, scrape.Value("mcp_billing_commands_total", "kind=\"authorize_usage\"", "outcome=\"denied\""));
        Assert.Equal(1, scrape.Value("mcp_billing_authorizations_denied_total", "reason=\"insufficient_balance\""));
    }

    [Fact]
    public async Task The_writer_tells_of_its_batches_waits_and_memory()
    {
        // Jobs commit meanwhile, perhaps in the middle of a scrape.
        var scrape = await Scraped(s => s.Sum("mcp_billing_batch_size_count") == s.Sum("mcp_billing_transaction_duration_seconds_count")
            && s.Sum("mcp_billing_batch_size_sum") == s.Sum("mcp_billing_queue_wait_seconds_count") && s.Value("mcp_billing_queue_length") == 0);
        Assert.True(scrape.Sum("mcp_billing_transaction_duration_seconds_count", "outcome=\"committed\"") >= 8);
        Assert.True(scrape.Value("mcp_billing_idempotency_keys") >= 5);
        Assert.Equal(1, scrape.Value("mcp_billing_customers_cached"));
    }

    [Fact]
    public async Task Requests_and_tools_are_measured_by_route_and_name()
    {
        var scrape = await shop.Scraped();
        Assert.Equal(4, scrape.Sum("http_server_request_duration_seconds_count", "http_route=\"/v1/usage\"", "http_response_status_code=\"200\"") + scrape.Sum("http_server_request_duration_seconds_count", "http_route=\"/v1/usage\"", "http_response_status_code=\"201\""));
        Assert.Equal(1, scrape.Value("mcp_server_operation_duration_seconds_count", "gen_ai_tool_name=\"get_wallet\"", "error_type=\"tool_error\""));
        Assert.Equal(2, scrape.Sum("mcp_server_operation_duration_seconds_count", "gen_ai_tool_name=\"get_wallet\"", "mcp_method_name=\"tools/call\"", "network_transport=\"tcp\""));
        Assert.Equal(1, scrape.Value("mcp_billing_problems_total", "code=\"insufficient_balance\""));
        Assert.Equal(0, scrape.Value("mcp_billing_problems_total", "code=\"internal_error\""));
    }

    [Fact]
    public async Task The_store_the_jobs_and_the_build_tell_how_they_are()
    {
        var scrape = await Scraped(s => s.Sum("mcp_billing_job_runs_total", "name=\"webhooks\"", "outcome=\"done\"") > 0 && s.Value("mcp_billing_store_writable") == 1);
        Assert.Equal(1, scrape.Value("mcp_billing_store_readable"));
        Assert.True(scrape.Value("mcp_billing_store_size_bytes", "part=\"data\"") > 0 && scrape.Value("mcp_billing_store_free_bytes") > 0);
        Assert.True(scrape.Value("mcp_billing_job_last_success_seconds", "name=\"sweep\"") > 1.7e9);
        Assert.Equal(1, scrape.Value("mcp_billing_job_held", "name=\"webhooks\""));
        Assert.Equal(1, scrape.Value("mcp_billing_build"));
        Assert.True(scrape.Value("dotnet_process_memory_working_set_bytes") > 0);
    }

    [Fact]
    public async Task Only_the_runtime_api_asks_whoever_scrapes_for_a_key_and_of_whom()
    {
        Assert.Equal(401, (await shop.Get(shop.Url, "/metrics")).Status);
        Assert.Equal(403, (await shop.Get(shop.Url, "/metrics", shop.TestKey)).Status);
        Assert.Equal(403, (await shop.Get(shop.Url, "/metrics", shop.LiveReader)).Status);
        var answer = await shop.Get(shop.Url, "/metrics", shop.LiveKey);
        Assert.Equal((200, "text/plain; version=0.0.4; charset=utf-8"), (answer.Status, answer.Headers["Content-Type"]));
        Assert.True(Scrape.Read(answer.Text).Has("mcp_billing_commands_total"));
    }

    [Fact]
    public async Task Where_figures_want_no_key_there_is_nothing_else()
    {
        Assert.Equal(200, (await shop.Get(shop.Metrics, "/livez")).Status);
        Assert.Equal(200, (await shop.Get(shop.Metrics, "/readyz")).Status);
        foreach (string path in (string[])["/v1/catalog", "/mcp", "/portal", "/openapi/v1.json", "/"])
        {
            Assert.Equal(404, (await shop.Get(shop.Metrics, path, shop.LiveKey)).Status);
        }
    }

    [Fact]
    public async Task No_label_is_a_customer_a_key_a_path_or_a_workspace()
    {
        string text = (await shop.Get(shop.Metrics, "/metrics")).Text;
        Assert.DoesNotContain(WatchedShop.Customer, text, StringComparison.Ordinal);
        Assert.DoesNotContain("workspace", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody", text, StringComparison.Ordinal);
        Assert.DoesNotContain(shop.Secrets, s => text.Contains(s, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_line_of_the_log_is_an_object_with_the_request_that_it_is_about()
    {
        var lines = shop.Lines.Select(l => JsonElement.Parse(l)).ToList();
        Assert.All(lines, l => Assert.All((string[])["time", "level", "category", "message"], name => Assert.Equal(JsonValueKind.String, l.GetProperty(name).ValueKind)));
        var refused = Assert.Single(lines, l => Text(l, "code") == "insufficient_balance" && Text(l, "route") is not null);
        Assert.Equal(("record_usage_event", "/v1/usage", 422), (Text(refused, "operation"), Text(refused, "route"), refused.GetProperty("status").GetInt32()));
        Assert.StartsWith("req_", Text(refused, "request_id"), StringComparison.Ordinal);
        Assert.Matches("^[0-9]+$", Text(refused, "workspace")!);
        Assert.Contains(lines, l => Text(l, "operation") == "get_wallet" && Text(l, "code") == "customer_not_found" && Text(l, "message")!.StartsWith("Tool ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_log_holds_no_key_token_or_secret_at_its_most_talkative()
    {
        Assert.True(shop.Lines.Count > 20);
        Assert.DoesNotContain(shop.Lines, l => shop.Secrets.Any(s => l.Contains(s, StringComparison.Ordinal)));
        Assert.DoesNotContain(shop.Lines, l => Secret().IsMatch(l) || l.Contains("somebody@example.com", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Spans_and_figures_are_exported_where_a_collector_is_named()
    {
        foreach (string name in (string[])["POST /v1/usage", "commit record_usage", "tools/call get_wallet", "GET /portal/enter/{token}", "http.response.status_code", "mcp.method.name"])
        {
            await Until(() => shop.Collector.Has("/v1/traces", Encoding.UTF8.GetBytes(name)), name);
        }
        foreach (string name in (string[])["mcp_billing.commands", "mcp_billing.transaction.duration", "http.server.request.duration", "mcp.server.operation.duration", "mcp_billing.job.last_success", "mcp-billing"])
        {
            await Until(() => shop.Collector.Has("/v1/metrics", Encoding.UTF8.GetBytes(name)), name);
        }
        // The caller's trace goes on here.
        await Until(() => shop.Collector.Has("/v1/traces", Convert.FromHexString(WatchedShop.Trace)), "the caller's trace");
        foreach (byte[] body in shop.Collector.All)
        {
            Assert.DoesNotContain(shop.Secrets, s => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(s)) >= 0);
            Assert.True(body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(WatchedShop.Customer)) < 0);
        }
    }

    private static string? Text(JsonElement line, string name) => line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private async Task<Scrape> Scraped(Func<Scrape, bool> holds)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var scrape = await shop.Scraped();
            if (holds(scrape))
            {
                return scrape;
            }
            Assert.False(limit.IsCancellationRequested, "the figures never came to agree");
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private static async Task Until(Func<bool> holds, string what)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!holds())
        {
            Assert.False(limit.IsCancellationRequested, $"never exported: {what}");
            await Task.Delay(100, CancellationToken.None);
        }
    }

    [GeneratedRegex("mb_(test|live)_[A-Za-z0-9]{12}|whsec_|sk_(test|live)_")]
    private static partial Regex Secret();
}
