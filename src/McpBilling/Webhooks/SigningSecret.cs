using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>
/// An endpoint's signing secrets. They are derived from a secret of the database, the endpoint and a generation, so that none is stored; a new generation is
/// a new secret. Pure.
/// </summary>
public static class SigningSecret
{
    /// <summary>The purpose under which the database's secret is asked for.</summary>
    public const string Purpose = "webhook signing secrets";

    private const string Prefix = "whsec_";

    /// <param name="master">The database's secret for <see cref="Purpose"/>.</param>
    /// <param name="createdAt">The endpoint's beginning: a database that was put back to an earlier day and has gone another way has other endpoints.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Derive(ReadOnlySpan<byte> master, long workspaceKey, long endpointKey, Instant createdAt, long generation) =>
        HMACSHA256.HashData(master, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{workspaceKey}/{endpointKey}/{createdAt.Microseconds}/{generation}")));

    /// <summary>As the receiver is given it: <c>whsec_</c> and Base64.</summary>
    public static string Text(ReadOnlySpan<byte> secret) => Prefix + Convert.ToBase64String(secret);
}
