using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Billing;

/// <summary>What was, or is expected to be, used. <see cref="Events"/> makes it.</summary>
/// <param name="Quantity">Decimal text; null means 1. Money never goes through floating point.</param>
/// <param name="Properties">A string, number or bool each.</param>
public sealed record UsageEvent(string EventType, string? Quantity = null, IReadOnlyDictionary<string, object>? Properties = null);

/// <summary>Who and what inside your customer's own business the usage belongs to.</summary>
public sealed record Subject(string? EndUser = null, string? Session = null, string? Task = null);

/// <summary>A usage event as it is recorded. Its id is your request's id, so that it is charged once however often it is sent.</summary>
/// <param name="Timestamp">When it happened; null means now.</param>
public sealed record RecordedEvent(
    string Id,
    string EventType,
    string? Quantity,
    IReadOnlyDictionary<string, object>? Properties,
    Subject? Subject,
    string? Feature,
    DateTimeOffset? Timestamp = null);

public sealed record AssetAmount(string Asset, string Amount);

/// <summary>Whether a customer may use so much. A denial is an answer, not an error.</summary>
/// <param name="Reason">insufficient_balance, customer_frozen, spending_cap_reached or not_entitled.</param>
public sealed record Authorization(
    bool Allowed,
    string? HoldId,
    IReadOnlyList<AssetAmount> Available,
    string? Reason,
    string? Shortfall,
    string? TopUpUrl,
    bool Replayed);

public sealed record Charge(string? Product, string? Price, string Asset, string? Quantity, string Amount);

public sealed record Receipt(IReadOnlyList<Charge> Charges, IReadOnlyList<string>? Warnings, bool Replayed);

/// <summary>A call that reports usage. It can be kept and sent again, with the same effect once.</summary>
public sealed record UsageCall(string Path, JsonElement Body);

/// <summary>Billing gave no answer: it is down, unreachable or too slow. The same call may be sent again later.</summary>
public sealed class BillingUnavailableException(string message) : Exception(message);

/// <summary>Billing refused the call as wrong. Sending it again changes nothing: this is a mistake to be mended in the app or its settings.</summary>
public sealed class BillingRefusedException(HttpStatusCode status, string code, string detail) : Exception($"billing refused: {code}: {detail}")
{
    public HttpStatusCode Status { get; } = status;
    public string Code { get; } = code;
}

/// <summary>The runtime API of McpBilling. Nothing here knows your prices. One for the whole app.</summary>
public sealed class BillingClient : IDisposable
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    // How long one try may take.
    private static readonly TimeSpan Timeout =
        TimeSpan.FromMilliseconds(int.TryParse(Environment.GetEnvironmentVariable("MCP_BILLING_TIMEOUT_MS"), out int set) ? set : 2_000);

    // Waits before the second and the third try. Every try sends the same idempotency key, so it can never charge twice.
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400)];

    // However long Retry-After asks: your own user is waiting.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly HttpClient http;

    /// <exception cref="InvalidOperationException">MCP_BILLING_URL or MCP_BILLING_KEY is not set.</exception>
    public BillingClient()
    {
        http = new HttpClient { BaseAddress = new Uri(Required("MCP_BILLING_URL").TrimEnd('/') + "/"), Timeout = Timeout };
        // The key goes into one header and nowhere else: no message and no log holds it.
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Required("MCP_BILLING_KEY"));
        if (Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")?.ToLowerInvariant() is "production" or "staging" or "development" or "test")
        {
            http.DefaultRequestHeaders.Add("X-Billing-Environment", Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")!.ToLowerInvariant());
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Asks whether a customer may use so much and sets it aside.</summary>
    public Task<Authorization> Authorize(string customerId, UsageEvent used, string idempotencyKey, int ttlSeconds, CancellationToken stop) =>
        Ask(customerId, new { CustomerId = customerId, Event = used, TtlSeconds = $"{ttlSeconds}", IdempotencyKey = idempotencyKey }, stop);

    /// <summary>Asks whether a customer is in good standing: not frozen and owing nothing. Sets nothing aside.</summary>
    public Task<Authorization> Check(string customerId, string asset, string idempotencyKey, CancellationToken stop) =>
        Ask(customerId, new { CustomerId = customerId, Asset = asset, Amount = "0", IdempotencyKey = idempotencyKey }, stop);

    /// <summary>Gives an open hold more time. Refused (hold_already_captured, hold_already_voided, hold_expired) once it has ended.</summary>
    public Task ExtendHold(string holdId, int ttlSeconds, string idempotencyKey, CancellationToken stop) =>
        Post<JsonElement>($"{Hold(holdId)}/extend", new { TtlSeconds = $"{ttlSeconds}", IdempotencyKey = idempotencyKey }, stop);

    /// <summary>Nothing was used: releases all that was set aside.</summary>
    public Task VoidHold(string holdId, string idempotencyKey, CancellationToken stop) =>
        Post<JsonElement>($"{Hold(holdId)}/void", new { IdempotencyKey = idempotencyKey }, stop);

    /// <summary>Charges what was really used of a hold; final releases the rest. Work that outlived its hold is charged all the same.</summary>
    public static UsageCall CaptureCall(string holdId, RecordedEvent used, bool final) =>
        new(
            $"{Hold(holdId)}/capture",
            JsonSerializer.SerializeToElement(new { Event = used, Final = final, AllowExpired = true, IdempotencyKey = used.Id }, Json));

    /// <summary>Charges usage that has happened, without a hold. Credit that is missing becomes debt: usage is never lost.</summary>
    public static UsageCall RecordCall(string customerId, RecordedEvent used) =>
        new(
            "v1/usage",
            JsonSerializer.SerializeToElement(
                new
                {
                    used.Id,
                    CustomerId = customerId,
                    used.EventType,
                    used.Quantity,
                    used.Properties,
                    used.Subject,
                    used.Feature,
                    used.Timestamp,
                },
                Json));

    public Task<Receipt> Send(UsageCall call, CancellationToken stop) => Post<Receipt>(call.Path, call.Body, stop);

{{#top_ups}}
    private async Task<Authorization> Ask(string customerId, object body, CancellationToken stop)
    {
        var answer = await Post<Authorization>("v1/usage/authorize", body, stop);
        if (answer.Allowed || answer.Replayed || answer.Reason is not ("insufficient_balance" or "spending_cap_reached"))
        {
            return answer;
        }
        try
        {
            // Where the customer can pay: a link into their portal that works once, for ten minutes.
            string? back = Environment.GetEnvironmentVariable("MCP_BILLING_RETURN_URL");
            var link = await Post<JsonElement>("v1/portal-sessions", new { CustomerId = customerId, ReturnUrl = back }, stop);
            return answer with { TopUpUrl = link.GetProperty("url").GetString() };
        }
        catch (Exception failure) when (failure is BillingUnavailableException or BillingRefusedException)
        {
            // The denial stands, without a link.
            await Console.Error.WriteLineAsync(failure.Message);
            return answer;
        }
    }
{{/top_ups}}
{{^top_ups}}
    private Task<Authorization> Ask(string customerId, object body, CancellationToken stop) => Post<Authorization>("v1/usage/authorize", body, stop);
{{/top_ups}}

    private static string Hold(string holdId) => $"v1/holds/{Uri.EscapeDataString(holdId)}";

    private static string Required(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? value
        : throw new InvalidOperationException(
            $"Set the environment variable {name}: the app cannot bill without it. A key is made with: mcp-billing keys create --name my-app");

    private async Task<T> Post<T>(string path, object body, CancellationToken stop)
    {
        string text = JsonSerializer.Serialize(body, Json);
        for (int attempt = 0; ; attempt++)
        {
            string problem;
            var wait = TimeSpan.Zero;
            bool mayRetry = true;
            try
            {
                using var content = new StringContent(text, Encoding.UTF8, "application/json");
                using var response = await http.PostAsync(path, content, stop);
                if (response.IsSuccessStatusCode)
                {
                    return (await response.Content.ReadFromJsonAsync<T>(Json, stop))!;
                }
                if ((int)response.StatusCode is < 500 and not 429)
                {
                    throw await Refused(response, stop);
                }
                problem = $"HTTP {(int)response.StatusCode}";
                wait = response.Headers.RetryAfter?.Delta ?? TimeSpan.Zero;
                mayRetry = (int)response.StatusCode is 429 or 502 or 503 or 504;
            }
            catch (Exception failure) when (
                failure is HttpRequestException or IOException or JsonException || (failure is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // Nobody there, no answer in time, or an answer that broke off.
                problem = failure is OperationCanceledException ? "timed out" : "not reachable";
            }
            if (!mayRetry || attempt >= Pauses.Length)
            {
                throw new BillingUnavailableException($"billing gave no answer ({problem})");
            }
            wait = wait > LongestPause ? LongestPause : wait;
            await Task.Delay(wait > Pauses[attempt] ? wait : Pauses[attempt], stop);
        }
    }

    private static async Task<BillingRefusedException> Refused(HttpResponseMessage response, CancellationToken stop)
    {
        string code = $"http_{(int)response.StatusCode}";
        string detail = "no detail";
        try
        {
            var problem = await response.Content.ReadFromJsonAsync<Problem>(Json, stop);
            (code, detail) = (problem?.Code ?? code, problem?.Detail ?? detail);
        }
        catch (JsonException)
        {
            // Something in between answered, not billing.
        }
        return new BillingRefusedException(response.StatusCode, code, detail);
    }

    private sealed record Problem(string? Code, string? Detail);
}
