using System.Security.Cryptography;
using System.Text;
using McpBilling.Portal;

namespace McpBilling.Server.Portal;

/// <summary>Proves that a form is one that we sent to this session: other sites can make a browser post, but cannot know this.</summary>
/// <param name="secret">Of this data, for this purpose alone.</param>
internal sealed class PortalForms(byte[] secret)
{
    public const string Purpose = "portal form";
    public const string TokenField = "_token";

    /// <summary>More than any form of ours holds.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <param name="shared">Derives secrets of this data; null where there are none: then forms are this process's own.</param>
    public static PortalForms Of(Func<string, byte[]>? shared) => new(shared?.Invoke(Purpose) ?? RandomNumberGenerator.GetBytes(32));

    public string TokenOf(PortalSession session) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(session.Id)));

    /// <summary>The form, when it is ours and this session's; null otherwise.</summary>
    public async Task<IFormCollection?> Read(HttpContext context, PortalSession session)
    {
        var request = context.Request;
        // Browsers say themselves who made them post; a frame of ours in a foreign page is same-origin too.
        if (request.Headers["Sec-Fetch-Site"] is [{ } site] && site is not ("same-origin" or "none"))
        {
            return null;
        }
        if (!request.HasFormContentType || request.ContentLength is null or > MaxBytes)
        {
            return null;
        }
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return null;
        }
        byte[] expected = Encoding.ASCII.GetBytes(TokenOf(session)), sent = Encoding.UTF8.GetBytes(form[TokenField].ToString());
        return CryptographicOperations.FixedTimeEquals(expected, sent) ? form : null;
    }
}
