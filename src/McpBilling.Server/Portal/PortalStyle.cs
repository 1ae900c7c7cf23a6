using System.Security.Cryptography;
using System.Text;

namespace McpBilling.Server.Portal;

/// <summary>The portal's two style sheets: its own, whose address changes with its text, and one of each brand colour.</summary>
internal static class PortalStyle
{
    private static readonly byte[] Own = Read();
    private static readonly string OwnName = $"portal-{Convert.ToHexStringLower(SHA256.HashData(Own).AsSpan(0, 6))}.css";

    /// <summary>The addresses, in order.</summary>
    public static IReadOnlyList<string> Addresses(PortalBrand brand) => [PortalDoor.Address($"style/{OwnName}"), PortalDoor.Address($"style/{brand.Color}.css")];

    public static Task Write(HttpContext context)
    {
        string name = (string?)context.Request.RouteValues["name"] ?? "";
        byte[]? sheet = name == OwnName ? Own
            : name.Length == 10 && name.EndsWith(".css", StringComparison.Ordinal) && PortalBrand.IsColor(name[..6]) ? Encoding.ASCII.GetBytes(PortalBrand.Css(name[..6]))
            : null;
        if (sheet is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        context.Response.Headers.Remove("Vary");
        context.Response.ContentType = "text/css; charset=utf-8";
        context.Response.ContentLength = sheet.Length;
        return context.Response.Body.WriteAsync(sheet, context.RequestAborted).AsTask();
    }

    private static byte[] Read()
    {
        using var stream = typeof(PortalStyle).Assembly.GetManifestResourceStream("portal/portal.css")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
