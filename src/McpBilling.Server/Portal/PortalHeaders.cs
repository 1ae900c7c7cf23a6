namespace McpBilling.Server.Portal;

/// <summary>What browsers may do with a page of the portal: show it, style it, post it back. No script, no font, no connection, no frame but where the workspace allows it.</summary>
internal static class PortalHeaders
{
    public static void Set(HttpResponse response, PortalBrand brand)
    {
        var headers = response.Headers;
        // The empty icon of the pages is a data address: without it browsers would ask for another.
        string images = brand.Logo is { } logo ? "data: " + logo : "data:";
        string ancestors = brand.EmbedOrigins.Count == 0 ? "'none'" : string.Join(' ', brand.EmbedOrigins);
        headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'self'; img-src {images}; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}";
        if (brand.EmbedOrigins.Count == 0)
        {
            headers.XFrameOptions = "DENY";
        }
        else
        {
            headers.Remove("X-Frame-Options");
        }
        // Not "no-referrer": under it browsers post forms with the origin "null", which is nobody's.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers["X-Robots-Tag"] = "noindex, nofollow";
        headers.Vary = "Cookie, Accept-Language";
    }
}
