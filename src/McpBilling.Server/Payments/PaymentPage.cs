using McpBilling.Server.Hosting;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Payments;

/// <summary>What the sandbox's page and the page after paying have in common: one style sheet, no script, no frame.</summary>
internal static class PaymentPage
{
    private const string Styles = "/payments/page.css";

    private const string Css =
        """
        :root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
        body { margin: 0 auto; max-width: 34rem; padding: 1.5rem 1rem 3rem; }
        h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
        .price { font-size: 1.8rem; font-weight: 600; margin: .25rem 0 1rem; }
        .note { border-inline-start: .25rem solid; padding-inline-start: .75rem; }
        form { margin: 1rem 0; }
        fieldset { border: 1px solid; border-radius: .5rem; margin: 0 0 1rem; padding: .75rem 1rem; }
        label { display: block; padding: .35rem 0; min-height: 1.5rem; }
        button { font: inherit; font-weight: 600; padding: .6rem 1.2rem; border-radius: .5rem; border: 1px solid; margin: 0 .5rem .5rem 0; min-height: 2.75rem; cursor: pointer; }
        :focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
        """;

    public static void MapStyles(IEndpointRouteBuilder endpoints) => endpoints.MapGet(Styles, static context =>
    {
        context.Response.ContentType = "text/css; charset=utf-8";
        context.Response.Headers.CacheControl = "public, max-age=3600";
        return context.Response.WriteAsync(Css);
    }).WithMetadata(PublicEndpoint.Itself);

    public static Task Write(HttpContext context, string title, Html body)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        // Not "no-referrer": under it browsers post the page's own form with the origin "null", which FrontGate refuses.
        context.Response.Headers["Referrer-Policy"] = "same-origin";
        var page = new Html().Add(
            $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><link rel="stylesheet" href="{Styles}"></head>
            <body><main>
            {body}
            </main></body>
            </html>
            """);
        return context.Response.WriteAsync(page.ToString());
    }
}
