using McpBilling.Portal;

namespace McpBilling.Server.Portal;

/// <summary>The portal's two cookies: who is signed in, and in which language. Scripts see neither; over https neither travels in clear.</summary>
internal static class PortalCookies
{
    private const string Path = "/portal";

    // Over https the prefix keeps other hosts of the same site, and plain http, from setting it.
    private const string Secure = "__Secure-portal", Plain = "portal";
    private const string LanguageName = "portal-language";

    public static string? Session(HttpRequest request, bool https) => request.Cookies[https ? Secure : Plain];

    public static string? Language(HttpRequest request) => PortalLanguages.Of(request.Cookies[LanguageName]);

    /// <param name="embedded">The workspace lets other sites frame the portal: their frames need the cookie, apart for each site.</param>
    public static void SignIn(HttpContext context, string text, bool https, bool embedded) =>
        Set(context, https ? Secure : Plain, text, https, embedded, PortalSession.SessionTime);

    public static void SignOut(HttpContext context, bool https, bool embedded) => Set(context, https ? Secure : Plain, "", https, embedded, TimeSpan.Zero);

    public static void Speak(HttpContext context, string language, bool https, bool embedded) => Set(context, LanguageName, language, https, embedded, TimeSpan.FromDays(365));

    private static void Set(HttpContext context, string name, string value, bool https, bool embedded, TimeSpan age)
    {
        bool foreign = https && embedded;
        var options = new CookieOptions
        {
            Path = Path,
            HttpOnly = true,
            Secure = https,
            // Lax, not strict: who comes back from paying arrives from another site.
            SameSite = foreign ? SameSiteMode.None : SameSiteMode.Lax,
            MaxAge = age,
        };
        if (foreign)
        {
            options.Extensions.Add("Partitioned");
        }
        context.Response.Cookies.Append(name, value, options);
    }
}
