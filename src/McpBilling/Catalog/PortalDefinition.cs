using System.Buffers;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Catalog;

/// <summary>How the customer portal looks, and where it may be embedded.</summary>
public sealed record PortalDefinition
{
    public const string ColorPattern = "^#[0-9a-fA-F]{6}$";

    [StringLength(80, MinimumLength = 1)]
    [Description("Your business as customers know it.")]
    public string? Name { get; init; }

    [StringLength(2048, MinimumLength = 1)]
    [Description("https address of your logo (SVG, PNG, WebP), shown 32 pixels high.")]
    public string? Logo { get; init; }

    [RegularExpression(ColorPattern), StringLength(7)]
    [Description("Your colour, such as #2f6feb; text on it and links get the contrast they need.")]
    public string? Color { get; init; }

    [MaxLength(20)]
    [Description("Origins whose pages may show the portal in a frame, such as https://app.example.com; default: none.")]
    public IReadOnlyList<string> EmbedOrigins { get; set; } = [];

    /// <summary>Says nothing that the portal would not do without it.</summary>
    public bool IsPlain => Name is null && Logo is null && Color is null && EmbedOrigins.Count == 0;
}

/// <summary>What the schema cannot say of the portal section: addresses that end up in a policy header must be exactly what they seem.</summary>
internal static class PortalChecks
{
    private static readonly SearchValues<char> EndsADirective = SearchValues.Create(" ;,'\"*");

    public static void Run(JsonElement document, List<Problem> problems)
    {
        if (!document.TryGetProperty("portal", out var portal) || portal.ValueKind != JsonValueKind.Object)
        {
            return;
        }
        if (portal.TryGetProperty("logo", out var logo) && logo.GetString() is { } address && !IsLogo(address))
        {
            problems.Add(new("/portal/logo", "must be an https address of an image, without user name, query and fragment", "Use one such as https://example.com/logo.svg.")
            {
                Found = $"\"{address}\"",
                Allowed = "https://host/path",
            });
        }
        if (portal.TryGetProperty("embed_origins", out var origins) && origins.ValueKind == JsonValueKind.Array)
        {
            foreach (var (i, origin) in origins.EnumerateArray().Index())
            {
                if (!IsOrigin(origin.GetString() ?? ""))
                {
                    problems.Add(new($"/portal/embed_origins/{i}", "must be an origin: https, a host, at most a port, and nothing after it (http only for localhost)", "Use one such as https://app.example.com.")
                    {
                        Found = $"\"{origin.GetString()}\"",
                        Allowed = "https://host or https://host:port",
                    });
                }
            }
        }
    }

    // Characters that would end or extend a directive of the policy never come through: what is left is what Uri itself writes.
    private static bool IsLogo(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
        && uri.AbsolutePath.Length > 1 && uri.AbsoluteUri == text && !text.AsSpan().ContainsAny(EndsADirective);

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
        && uri.GetLeftPart(UriPartial.Authority) == text && uri.UserInfo.Length == 0 && !text.AsSpan().ContainsAny(EndsADirective);
}
