using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Billing;

/// <summary>What billing tells by itself: balances that run low, holds that expired, payments. A message may come twice: remember its id, and do nothing the second time.</summary>
/// <param name="Type">Such as balance.low, hold.expired or top_up.paid; ignore those that you do not know.</param>
/// <param name="Mode">test or live.</param>
/// <param name="CustomerId">Your own id of whom it is about; null when it is about no customer.</param>
public sealed record BillingMessage(string Id, string Type, DateTimeOffset Timestamp, string Mode, string? CustomerId, JsonElement Data);

/// <summary>It is not from billing, was changed on its way, or is too old: answer 400.</summary>
public sealed class WebhookRefusedException(string message) : Exception(message);

/// <summary>Verifies signatures (Standard Webhooks) and reads messages.</summary>
public static class Webhooks
{
    private const string SecretVariable = "MCP_BILLING_WEBHOOK_SECRET";
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Reads one. Answer 2xx before you begin long work: what is not answered in 15 seconds is sent again.
    /// In ASP.NET: <c>Webhooks.Read(name => http.Request.Headers[name], bytes)</c>, with the bytes of the body as they came.
    /// </summary>
    /// <param name="header">Finds a header by its name.</param>
    /// <param name="secret">whsec_…; null for that of the environment.</param>
    /// <exception cref="WebhookRefusedException">Nothing of it may be believed.</exception>
    public static BillingMessage Read(Func<string, string?> header, ReadOnlySpan<byte> body, string? secret = null)
    {
        secret ??= Environment.GetEnvironmentVariable(SecretVariable);
        if (string.IsNullOrEmpty(secret))
        {
            throw new InvalidOperationException($"{SecretVariable} is not set: it is answered once, when the webhook endpoint is created.");
        }
        var (id, timestamp) = (header("webhook-id") ?? "", header("webhook-timestamp") ?? "");
        bool isNumber = long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && timestamp.Length <= 12;
        if (!isNumber || Math.Abs(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - seconds) > Tolerance.TotalSeconds)
        {
            throw new WebhookRefusedException("The webhook is too old, or has no time.");
        }
        byte[] key = Convert.FromBase64String(secret.StartsWith("whsec_", StringComparison.Ordinal) ? secret["whsec_".Length..] : secret);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        byte[] expected = Encoding.ASCII.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
        // There are two while a secret replaces another.
        string[] signatures = (header("webhook-signature") ?? "").Split(' ');
        if (!signatures.Any(s => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(s), expected)))
        {
            throw new WebhookRefusedException("No signature of the webhook is right.");
        }
        using var read = JsonDocument.Parse(body.ToArray());
        var told = read.RootElement;
        string Text(string name) => told.GetProperty(name).GetString() ?? "";
        string? customer = told.TryGetProperty("customer_id", out var named) ? named.GetString() : null;
        return new(Text("id"), Text("type"), told.GetProperty("timestamp").GetDateTimeOffset(), Text("mode"), customer, told.GetProperty("data").Clone());
    }
}
