using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace McpBilling.Webhooks;

/// <summary>Standard Webhooks, symmetric: <c>v1,</c> and the Base64 HMAC-SHA256 of id, timestamp and body.</summary>
public static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>The value of <see cref="SignatureHeader"/>: one signature per secret, so that a receiver who knows either of two accepts it.</summary>
    /// <param name="secrets">The newest first.</param>
    /// <param name="timestamp">Unix seconds of this attempt.</param>
    public static string Sign(IEnumerable<byte[]> secrets, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}."));
        byte[] content = [.. head, .. body];
        return string.Join(' ', secrets.Select(s => "v1," + Convert.ToBase64String(HMACSHA256.HashData(s, content))));
    }
}
