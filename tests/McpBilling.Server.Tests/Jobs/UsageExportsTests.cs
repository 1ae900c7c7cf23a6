using System.Net;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;
using McpBilling.Server.Jobs;
using McpBilling.Storage;
using McpBilling.Stripe;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.Jobs;

/// <summary>Recorded usage on its way to Stripe, through the whole program but for Stripe itself.</summary>
public sealed class UsageExportsTests : IAsyncLifetime
{
    // Put together here, so that nothing that looks like a key is in the repository.
    private static readonly string Key = string.Concat("sk_", "test_", "planted0123456789");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcp-billing-test-");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));
    private readonly Stripe _stripe = new();
    private DataFile _file = null!;
    private Engine _engine = null!;
    private ApiKeys _keys = null!;

    private Caller Owner => _keys.OwnerCaller(Mode.Test);

    public ValueTask InitializeAsync()
    {
        _file = DataFile.Locate(Path.Combine(_folder.FullName, "billing.db"), _ => null);
        Migrator.Prepare(_file, _time);
        _keys = new ApiKeys(_file, _time);
        _engine = (Parts.OfProgram() with { Time = _time }).OpenEngine(_file, _time, NullLoggerFactory.Instance);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _keys.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Usage_arrives_as_meter_events_once_and_what_is_reversed_is_taken_back()
    {
        await Do("apply_catalog", """{"document":{"meters":[{"id":"images","event_type":"image","aggregation":"sum"}]}}""");
        await Do("save_customer", """{"id":"anna","metadata":{"stripe_customer_id":"cus_1"}}""");
        Assert.Equal(0, await RunOnce());
        await Do("record_usage_event", """{"id":"img-1","customer_id":"anna","event_type":"image","quantity":"3"}""");
        await Do("record_usage_event", """{"id":"img-2","customer_id":"anna","event_type":"image","quantity":"4"}""");
        Assert.Equal(2, await RunOnce());
        Assert.Equal(0, await RunOnce());
        await Do("reverse_usage", """{"event_id":"img-2","customer_id":"anna","idempotency_key":"r1"}""");
        Assert.Equal(1, await RunOnce());
        Assert.Equal(
            ["/v1/billing/meter_events img-1 3000 cus_1", "/v1/billing/meter_events img-2 4000 cus_1", "/v1/billing/meter_event_adjustments img-2"],
            _stripe.Told);
    }

    [Fact]
    public async Task While_Stripe_is_away_usage_is_recorded_and_told_later()
    {
        await Do("apply_catalog", """{"document":{"meters":[{"id":"images","event_type":"image","aggregation":"sum"}]}}""");
        await Do("save_customer", """{"id":"anna","metadata":{"stripe_customer_id":"cus_1"}}""");
        await RunOnce();
        _stripe.IsAway = true;
        await Do("record_usage_event", """{"id":"img-1","customer_id":"anna","event_type":"image","quantity":"3"}""");
        await RunOnce();
        Assert.Empty(_stripe.Told);
        _stripe.IsAway = false;
        Assert.Equal(0, await RunOnce());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await RunOnce());
        Assert.Single(_stripe.Told);
    }

    [Theory]
    [InlineData("images", "STRIPE_EXPORT_METERS: \"images\" is no route")]
    [InlineData("images=api_images", "no STRIPE_SECRET_KEY")]
    public void A_mistake_in_the_environment_is_said_at_the_start(string routes, string said)
    {
        var refused = Assert.Throws<CommandException>(() => StripeParts.Exports(name => name == StripeUsageExport.RoutesName ? routes : null, _time));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_none_is_refused_and_not_shown()
    {
        var refused = Assert.Throws<CommandException>(() => StripeParts.Processor(name => name == StripeKeys.SecretKeyName ? "planted-key" : null, Mode.Test, _time));
        Assert.DoesNotContain("planted", refused.Message, StringComparison.Ordinal);
        Assert.Null(StripeParts.Processor(_ => null, Mode.Test, _time));
        using var processor = (IDisposable?)StripeParts.Processor(name => name == StripeKeys.SecretKeyName ? Key : null, Mode.Test, _time);
        Assert.NotNull(processor);
    }

    [Fact]
    public void A_workspace_has_Stripe_when_its_mode_has_keys()
    {
        var source = new StripeSource(name => name == StripeKeys.SecretKeyName ? Key : null, _time);
        Assert.Equal(("stripe", "stripe", null), (source.Name, source.For(1, Mode.Test)?.Name, source.For(2, Mode.Live)));
        Assert.Same(source.For(1, Mode.Test), source.For(3, Mode.Test));
    }

    private async Task<int> RunOnce()
    {
        using var export = new StripeUsageExport(new StripeKeys(Key, []), _time, new StripeConnection { Handler = _stripe, ApiBase = new Uri("http://stripe.invalid"), Pauses = [] });
        var plan = new ExportPlan(export, [new("images", "api_images", 1000)], Mode.Test);
        return await UsageExports.RunOnce(plan, _engine.Billing, Owner, _time, CancellationToken.None);
    }

    private async Task Do(string operation, string input)
    {
        var row = AllOperations.List.Single(o => o.Name == operation);
        object typed = JsonSerializer.Deserialize(input, BillingJson.Conventions.GetTypeInfo(row.InputType))!;
        await row.Run(typed, Owner, _engine.Billing, CancellationToken.None);
    }

    private sealed class Stripe : HttpMessageHandler
    {
        public bool IsAway { get; set; }

        /// <summary>The address, and what of the message matters, without the mark that is added to the event's id.</summary>
        public List<string> Told { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var form = (await request.Content!.ReadAsStringAsync(cancellationToken)).Split('&').Select(p => p.Split('=')).ToDictionary(p => WebUtility.UrlDecode(p[0]), p => WebUtility.UrlDecode(p[1]));
            if (IsAway)
            {
                return Answer(request, HttpStatusCode.TooManyRequests, """{"error":{"type":"invalid_request_error","code":"rate_limit"}}""");
            }
            string[] told = [request.RequestUri!.AbsolutePath, .. new[] { "identifier", "cancel[identifier]", "payload[value]", "payload[stripe_customer_id]" }.Where(form.ContainsKey).Select(n => form[n].Split(':')[0])];
            Told.Add(string.Join(' ', told));
            return Answer(request, HttpStatusCode.OK, """{"object":"billing.meter_event"}""");
        }

        private static HttpResponseMessage Answer(HttpRequestMessage request, HttpStatusCode status, string body) =>
            new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json"), RequestMessage = request };
    }
}
