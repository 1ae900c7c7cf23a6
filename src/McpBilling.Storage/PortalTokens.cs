using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpBilling.Portal;

namespace McpBilling.Storage;

/// <summary>
/// The portal's secrets: 256 random bits, of which an HMAC with a secret of the database is kept. A copy of the database lets nobody in, and the workspace in
/// clear before the dot only says where to look.
/// </summary>
/// <param name="secretFor"><see cref="DatabaseSecrets.For"/>.</param>
internal sealed class PortalTokens(Func<string, byte[]> secretFor) : IPortalTokens
{
    private const string Purpose = "portal session";

    private const int Bytes = 32;
    private const int Characters = 43;

    public PortalToken Make(long workspaceKey)
    {
        string text = $"{workspaceKey.ToString(CultureInfo.InvariantCulture)}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes))}";
        return new PortalToken(text, HashOf(text));
    }

    public (long WorkspaceKey, string Hash)? Read(string text)
    {
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot is > 0 and < 20 && text.Length == dot + 1 + Characters && Base64Url.IsValid(text.AsSpan(dot + 1))
            && long.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out long workspace)
            ? (workspace, HashOf(text)) : null;
    }

    private byte[] Secret => field ??= secretFor(Purpose);

    private string HashOf(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes(text)));
}
