using System.Text;
using McpBilling.Operations;
using McpBilling.Portal;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal;

/// <summary>What every page of the portal has around it: whose it is, the menu, the languages, the way out.</summary>
internal static class PortalLayout
{
    private static readonly Html None = new(), Here = new Html().Add($" aria-current=\"page\"");

    public static Task Write(PortalVisit visit, IReadOnlyList<IPortalPage> pages, IPortalPage page, PortalAnswer answer)
    {
        var (language, brand) = (visit.Language, visit.Brand);
        var html = Head(language, brand, answer.Title);
        html.Add($"<a class=\"skip\" href=\"#content\">{language["portal.skip"]}</a>\n<header class=\"top\">\n<div class=\"who\">{Mark(brand, language)}</div>\n");
        if (visit.Session.ReturnUrl is { } back)
        {
            html.Add($"{BackLink(language, brand, back)}\n");
        }
        html.Add($"</header>\n<nav class=\"menu\" aria-label=\"{language["portal.menu"]}\"><ul>\n");
        foreach (var other in pages.Where(p => p.MenuKey is not null && p.IsFor(visit)))
        {
            bool current = other == page || (page.MenuKey is null && page.Path.StartsWith(other.Path + "/", StringComparison.Ordinal) && other.Path.Length > 0);
            html.Add($"<li><a href=\"{PortalDoor.Address(other.Path)}\"{(current ? Here : None)}>{language[other.MenuKey!]}</a></li>\n");
        }
        html.Add($"</ul></nav>\n");
        if (visit.Session.Mode == Mode.Test)
        {
            html.Add($"<aside class=\"test\" aria-label=\"{language["portal.test.name"]}\">{language["portal.test"]}</aside>\n");
        }
        html.Add($"<main id=\"content\" tabindex=\"-1\">\n<h1>{answer.Title}</h1>\n{answer.Body}</main>\n<footer class=\"foot\">\n");
        html.Add($"<nav aria-label=\"{language["portal.language"]}\"><ul class=\"languages\">\n");
        foreach (var other in PortalLanguages.All.Select(Language.Of))
        {
            html.Add($"<li><a href=\"?lang={other.Code}\" lang=\"{other.Code}\" hreflang=\"{other.Code}\" dir=\"{other.Direction}\"{(other == language ? Here : None)}>{other.Name}</a></li>\n");
        }
        html.Add($"</ul></nav>\n<p class=\"soft\">{language.Phrase("portal.zone", ("zone", visit.Catalog.TimeZone.Id))}</p>\n");
        html.Add($"{visit.Form("leave")}<button class=\"plain\">{language["portal.leave"]}</button></form>\n</footer>\n</body>\n</html>\n");
        visit.Context.Response.StatusCode = answer.Status;
        return Send(visit.Context, html);
    }

    /// <summary>A page with a few words, for whom we do not know or no longer know.</summary>
    /// <param name="home">With a link to the first page.</param>
    public static Task WriteNotice(HttpContext context, Language language, PortalBrand brand, string title, string text, string? returnUrl, bool home = false)
    {
        var html = Head(language, brand, title);
        html.Add($"<main id=\"content\" class=\"notice\">\n<h1>{title}</h1>\n<p>{text}</p>\n");
        if (returnUrl is not null)
        {
            html.Add($"<p>{BackLink(language, brand, returnUrl)}</p>\n");
        }
        if (home)
        {
            html.Add($"<p><a href=\"{PortalDoor.Address("")}\">{language["refused.home"]}</a></p>\n");
        }
        return Send(context, html.Add($"</main>\n</body>\n</html>\n"));
    }

    private static Html Head(Language language, PortalBrand brand, string title)
    {
        var html = new Html().Add($"<!doctype html>\n<html lang=\"{language.Code}\" dir=\"{language.Direction}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Add($"<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · {brand.Name ?? language["portal.title"]}</title>\n<link rel=\"icon\" href=\"data:,\">\n");
        foreach (string sheet in PortalStyle.Addresses(brand))
        {
            html.Add($"<link rel=\"stylesheet\" href=\"{sheet}\">\n");
        }
        return html.Add($"</head>\n<body>\n");
    }

    private static Html Mark(PortalBrand brand, Language language)
    {
        string name = brand.Name ?? language["portal.title"];
        return brand.Logo is { } logo
            ? new Html().Add($"<img src=\"{logo}\" alt=\"\" height=\"32\"><span class=\"name\"><bdi>{name}</bdi></span>")
            : new Html().Add($"<span class=\"dot\" aria-hidden=\"true\"></span><span class=\"name\"><bdi>{name}</bdi></span>");
    }

    private static Html BackLink(Language language, PortalBrand brand, string address) => brand.Name is { } name
        ? new Html().Add($"<a class=\"back\" href=\"{address}\">{language.Phrase("portal.back", ("name", name))}</a>")
        : new Html().Add($"<a class=\"back\" href=\"{address}\">{language["portal.back.plain"]}</a>");

    private static Task Send(HttpContext context, Html html)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(html.ToString());
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }
}
