using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpBilling.Money;

namespace McpBilling.Catalog;

/// <summary>
/// Makes and checks the tokens that prove that a change was shown: bound to the workspace, to the version it would change and to the exact document that
/// would come of it, signed with the database's secret, so that any process on the data accepts what another one issued. Nothing is stored: a token ends
/// with the version it was made on, and after <see cref="ValidFor"/>. Pure; time and secret come in.
/// </summary>
public sealed class CatalogPreviews(ReadOnlyMemory<byte> secret, long workspaceKey)
{
    /// <summary>Long enough to ask somebody; short enough that a price shown yesterday is shown again.</summary>
    public static readonly TimeSpan ValidFor = TimeSpan.FromHours(1);

    private const string Prefix = "preview_";

    public string Issue(CatalogChange change, Instant now)
    {
        long ends = (now + ValidFor).Microseconds;
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}{ends}_{Sign(change, ends)}");
    }

    /// <summary>Null when the token is for exactly this change; else what is wrong with it, in words.</summary>
    public string? Check(string token, CatalogChange change, Instant now)
    {
        // The signature is Base64Url and may hold underscores itself.
        int split = token.IndexOf('_', Math.Min(Prefix.Length, token.Length));
        if (!token.StartsWith(Prefix, StringComparison.Ordinal) || split < 0 || !long.TryParse(token.AsSpan(Prefix.Length, split - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long ends))
        {
            return "is not one that a dry run answered";
        }
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token[(split + 1)..]), Encoding.UTF8.GetBytes(Sign(change, ends))))
        {
            return "is for another change: the document or the catalog is not what the dry run saw";
        }
        return now.Microseconds > ends ? "has ended: what was shown is more than an hour old" : null;
    }

    private string Sign(CatalogChange change, long ends)
    {
        string bound = string.Create(CultureInfo.InvariantCulture, $"catalog preview\n{workspaceKey}\n{change.Present.Version}\n{ends}\n{change.Next.Stored.DocumentJson}");
        return Base64Url.EncodeToString(HMACSHA256.HashData(secret.Span, Encoding.UTF8.GetBytes(bound)));
    }
}
