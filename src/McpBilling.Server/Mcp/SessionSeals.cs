using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Session ids as clients have them: the SDK's own and a seal of whose it is. To any other caller a session is one that never was (404): the SDK alone would
/// answer 403, which tells that it is there. Sessions live in one process, and so does the secret of their seals.
/// </summary>
internal sealed class SessionSeals
{
    private const string Header = "Mcp-Session-Id";
    private const char Between = '.';
    private const int SealBytes = 12;

    /// <summary>The id of no session.</summary>
    private const string Nobodys = "none";

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);

    /// <summary>Gives the SDK the id that it knows, or one it does not; and the client the sealed one.</summary>
    public void Apply(HttpContext context, string owner)
    {
        if (context.Request.Headers.TryGetValue(Header, out var sent))
        {
            context.Request.Headers[Header] = Open(sent.ToString(), owner) ?? Nobodys;
        }
        context.Response.OnStarting(() =>
        {
            if (context.Response.Headers.TryGetValue(Header, out var known) && known.ToString() is { Length: > 0 } session)
            {
                context.Response.Headers[Header] = session + Between + Seal(session, owner);
            }
            return Task.CompletedTask;
        });
    }

    private string? Open(string given, string owner)
    {
        int at = given.LastIndexOf(Between);
        return at > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given[(at + 1)..]), Encoding.UTF8.GetBytes(Seal(given[..at], owner))) ? given[..at] : null;
    }

    private string Seal(string session, string owner) => Convert.ToHexStringLower(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(session + "\n" + owner)).AsSpan(0, SealBytes));
}
