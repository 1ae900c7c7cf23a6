using McpBilling.Money;
using McpBilling.Payments.Exporting;

namespace McpBilling.Stripe.Tests;

/// <summary>What Stripe's answers mean for usage that it is told of.</summary>
public sealed class ExportTests
{
    [Theory]
    [InlineData(200, """{"object":"billing.meter_event","identifier":"img-1"}""", ExportAnswer.Taken)]
    // Told before: it counts.
    [InlineData(400, """{"error":{"type":"invalid_request_error","message":"An event already exists with identifier img-1."}}""", ExportAnswer.Taken)]
    [InlineData(400, """{"error":{"type":"invalid_request_error","code":"duplicate_meter_event"}}""", ExportAnswer.Taken)]
    // What the builder can put right, and what passes by itself.
    [InlineData(400, """{"error":{"type":"invalid_request_error","message":"No active meter found for event name api_images"}}""", ExportAnswer.Later)]
    [InlineData(401, """{"error":{"type":"invalid_request_error"}}""", ExportAnswer.Later)]
    [InlineData(409, """{"error":{"type":"invalid_request_error"}}""", ExportAnswer.Later)]
    [InlineData(429, """{"error":{"type":"invalid_request_error"}}""", ExportAnswer.Later)]
    [InlineData(409, """{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use"}}""", ExportAnswer.Unknown)]
    [InlineData(500, """{"error":{"type":"api_error"}}""", ExportAnswer.Unknown)]
    [InlineData(ScriptedStripe.Broken, "", ExportAnswer.Unknown)]
    public async Task Telling_of_usage(int status, string body, ExportAnswer answer) => Assert.Equal(answer, await Send(25, status, body));

    [Theory]
    [InlineData(200, """{"object":"billing.meter_event_adjustment","status":"pending"}""", ExportAnswer.Taken)]
    // Too late: then it is told against.
    [InlineData(400, """{"error":{"type":"invalid_request_error"}}""", ExportAnswer.Refused)]
    [InlineData(503, "", ExportAnswer.Unknown)]
    public async Task Taking_it_back(int status, string body, ExportAnswer answer) => Assert.Equal(answer, await Send(null, status, body));

    private static async Task<ExportAnswer> Send(decimal? value, int status, string body)
    {
        using var export = new StripeUsageExport(Make.Keys(), TimeProvider.System, new StripeConnection { Handler = new ScriptedStripe((status, body)), ApiBase = new Uri("http://stripe.invalid"), Pauses = [] });
        return await export.Send(new ExportMessage("img-1", "api_images", "cus_1", value, new Instant(1_800_000_000_000_000)), default);
    }
}
