using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpBilling.Money;

namespace McpBilling.Payments;

/// <summary>
/// Signatures of webhooks in the form of Standard Webhooks: <c>webhook-id</c>, <c>webhook-timestamp</c>, and <c>webhook-signature</c> = <c>v1,</c> and the
/// HMAC-SHA256 of <c>id.timestamp.body</c> in base64. What the sandbox sends, and what a builder's own processor is asked to send.
/// </summary>
public static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>How far a signature's time may be from ours, in either direction.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    public static IReadOnlyDictionary<string, string> Sign(byte[] secret, string id, Instant at, ReadOnlySpan<byte> body)
    {
        string timestamp = (at.Microseconds / 1_000_000).ToString(CultureInfo.InvariantCulture);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [IdHeader] = id,
            [TimestampHeader] = timestamp,
            [SignatureHeader] = "v1," + Convert.ToBase64String(Mac(secret, id, timestamp, body)),
        };
    }

    /// <exception cref="WebhookRefusedException">It lacks a signature of this secret, or is too old.</exception>
    public static void Require(byte[] secret, ReceivedWebhook webhook)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        string id = Header(webhook, IdHeader), timestamp = Header(webhook, TimestampHeader), signatures = Header(webhook, SignatureHeader);
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) || seconds > 253_402_300_799)
        {
            throw new WebhookRefusedException("its timestamp is no time");
        }
        byte[] expected = Mac(secret, id, timestamp, webhook.Body.Span);
        // Several, separated by spaces: while a secret is changed, both sign.
        bool authentic = signatures.Split(' ').Any(s => s.StartsWith("v1,", StringComparison.Ordinal) && IsMac(s[3..], expected));
        if (!authentic)
        {
            throw new WebhookRefusedException("its signature is not ours");
        }
        if ((webhook.Now - new Instant(seconds * 1_000_000)).Duration() > Tolerance)
        {
            throw new WebhookRefusedException("it is too old, or of the future");
        }
    }

    private static string Header(ReceivedWebhook webhook, string name) =>
        webhook.Headers.GetValueOrDefault(name) is { Length: > 0 } value ? value : throw new WebhookRefusedException($"it lacks the header {name}");

    private static bool IsMac(string text, byte[] expected)
    {
        Span<byte> bytes = stackalloc byte[32];
        return Convert.TryFromBase64String(text, bytes, out int length) && length == bytes.Length && CryptographicOperations.FixedTimeEquals(bytes, expected);
    }

    private static byte[] Mac(byte[] secret, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        byte[] head = Encoding.UTF8.GetBytes($"{id}.{timestamp}.");
        byte[] signed = [.. head, .. body];
        return HMACSHA256.HashData(secret, signed);
    }
}
