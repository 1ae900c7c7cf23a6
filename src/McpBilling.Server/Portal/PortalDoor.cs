using McpBilling.Catalog;
using McpBilling.Operations;
using McpBilling.Portal;
using McpBilling.Server.Hosting;
using McpBilling.Server.Portal.Pages;
using McpBilling.Server.Rest;
using Microsoft.AspNetCore.Routing;

namespace McpBilling.Server.Portal;

/// <summary>
/// The customer portal: lets in, finds who is signed in, and hands the request to a page. HTML only, made here; no script anywhere, so a policy that
/// allows none costs nothing.
/// </summary>
/// <param name="address">Where browsers reach this server: decides whether cookies are for https only.</param>
internal sealed partial class PortalDoor(IBilling billing, PortalForms forms, Func<string?> address, ILogger log)
{
    private const string Root = "/portal";

    private readonly IReadOnlyList<IPortalPage> pages = PortalPages.All;

    /// <summary>The address of a page.</summary>
    public static string Address(string page) => page.Length == 0 ? Root : $"{Root}/{page}";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        void Add(string pattern, string method, RequestDelegate handle) =>
            endpoints.MapMethods(Root + pattern, [method], context => Answer(context, handle)).WithMetadata(PublicEndpoint.Itself);
        Add("/enter/{token}", HttpMethods.Get, Enter);
        Add("/leave", HttpMethods.Post, Leave);
        Add("/style/{name}", HttpMethods.Get, PortalStyle.Write);
        Add("/{**page}", HttpMethods.Get, Show);
        Add("/{**page}", HttpMethods.Post, Act);
    }

    private bool IsHttps(HttpContext context) => context.Request.IsHttps || address()?.StartsWith("https://", StringComparison.Ordinal) == true;

    // Everything that goes wrong becomes a page in the visitor's language, with the address's parts and values told to nobody.
    private async Task Answer(HttpContext context, RequestDelegate handle)
    {
        PortalHeaders.Set(context.Response, PortalBrand.Of(null));
        try
        {
            await handle(context);
        }
        catch (BillingException refusal) when (refusal.Code.Status is StatusCodes.Status404NotFound or StatusCodes.Status400BadRequest)
        {
            await Refuse(context, "missing", StatusCodes.Status404NotFound);
        }
        catch (BadHttpRequestException)
        {
            RequestBody.BrokeOff(context);
            await Refuse(context, "form", StatusCodes.Status400BadRequest);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            Failed(log, context.TraceIdentifier, e);
            await Refuse(context, "again", e is BillingException { Code.Status: >= 500 } busy ? busy.Code.Status : StatusCodes.Status500InternalServerError);
        }
    }

    /// <summary>Exchanges a link for a session and an address without a secret in it.</summary>
    private async Task Enter(HttpContext context)
    {
        var request = context.Request;
        // What merely looks ahead must not use the link up.
        if (request.Headers.ContainsKey("Purpose") || request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        var tokens = billing.Reads<IPortalTokens>();
        PortalEntry? entry = null;
        PortalToken? cookie = null;
        if (tokens.Read((string?)request.RouteValues["token"] ?? "") is var (workspace, hash) && await billing.Reads<IPortalSessions>().IsLink(workspace, hash))
        {
            cookie = tokens.Make(workspace);
            entry = await billing.Commit(new EnterPortal(hash, cookie.Hash), new Caller(workspace, Mode.Test, PortalScopes.All), CancellationToken.None);
        }
        if (entry?.Session is not { } session)
        {
            await Refuse(context, "link", StatusCodes.Status401Unauthorized);
            return;
        }
        var brand = await BrandOf(session);
        PortalCookies.SignIn(context, cookie!.Text, IsHttps(context), brand.EmbedOrigins.Count > 0);
        GoTo(context, "");
    }

    private async Task Leave(HttpContext context)
    {
        if (await SessionOf(context) is not { } session)
        {
            await Refuse(context, "session", StatusCodes.Status401Unauthorized);
            return;
        }
        if (await forms.Read(context, session) is null)
        {
            await Refuse(context, "form", StatusCodes.Status403Forbidden);
            return;
        }
        await billing.Commit(new EndPortalSessions(session.Id, null), new Caller(session.WorkspaceKey, session.Mode, PortalScopes.All, session.Id), CancellationToken.None);
        var brand = await BrandOf(session);
        PortalCookies.SignOut(context, IsHttps(context), brand.EmbedOrigins.Count > 0);
        PortalHeaders.Set(context.Response, brand);
        var language = LanguageOf(context, session);
        await PortalLayout.WriteNotice(context, language, brand, language["left.title"], language["left"], session.ReturnUrl);
    }

    private async Task Show(HttpContext context)
    {
        if (await Visit(context) is not { } visit)
        {
            return;
        }
        if (visit.Query("lang") is { } asked && PortalLanguages.Of(asked) is { } language)
        {
            PortalCookies.Speak(context, language, IsHttps(context), visit.Brand.EmbedOrigins.Count > 0);
            context.Response.Headers.Location = context.Request.Path.Value;
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            return;
        }
        var (page, rest) = PageOf(context);
        var answer = page is null ? null : await page.Show(visit, rest);
        await Write(context, visit, page, answer);
    }

    private async Task Act(HttpContext context)
    {
        if (await Visit(context) is not { } visit)
        {
            return;
        }
        if (await forms.Read(context, visit.Session) is not { } form)
        {
            await Refuse(context, "form", StatusCodes.Status403Forbidden);
            return;
        }
        var (page, rest) = PageOf(context);
        await Write(context, visit, page, rest.Length == 0 && page?.Act(visit, form) is { } acting ? await acting : null);
    }

    private async Task Write(HttpContext context, PortalVisit visit, IPortalPage? page, PortalAnswer? answer)
    {
        if (answer is null)
        {
            await Refuse(context, "missing", StatusCodes.Status404NotFound);
        }
        else if (answer.GoTo is { } other)
        {
            GoTo(context, other);
        }
        else if (answer.File is { } file)
        {
            context.Response.ContentType = file.ContentType;
            context.Response.ContentLength = file.Bytes.Length;
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{file.Name}\"";
            await context.Response.Body.WriteAsync(file.Bytes, context.RequestAborted);
        }
        else
        {
            await PortalLayout.Write(visit, pages, page!, answer);
        }
    }

    /// <summary>Who asks; null when nobody is signed in, which was answered.</summary>
    private async Task<PortalVisit?> Visit(HttpContext context)
    {
        if (await SessionOf(context) is not { } session)
        {
            await Refuse(context, "session", StatusCodes.Status401Unauthorized);
            return null;
        }
        var catalog = await CatalogOf(session);
        var brand = PortalBrand.Of(catalog.Document.Portal);
        PortalHeaders.Set(context.Response, brand);
        return new PortalVisit(context, session, billing, catalog, LanguageOf(context, session), brand, forms.TokenOf(session));
    }

    private async ValueTask<PortalSession?> SessionOf(HttpContext context) =>
        PortalCookies.Session(context.Request, IsHttps(context)) is { } text && billing.Reads<IPortalTokens>().Read(text) is var (workspace, hash)
            ? await billing.Reads<IPortalSessions>().Find(workspace, hash) : null;

    private ValueTask<CatalogSnapshot> CatalogOf(PortalSession session) =>
        billing.Reads<ICatalogReads>().Current(new Caller(session.WorkspaceKey, session.Mode, PortalScopes.All, session.Id));

    private async Task<PortalBrand> BrandOf(PortalSession session) => PortalBrand.Of((await CatalogOf(session)).Document.Portal);

    private (IPortalPage? Page, string Under) PageOf(HttpContext context)
    {
        string path = (string?)context.Request.RouteValues["page"] ?? "";
        foreach (var page in pages)
        {
            if (path == page.Path)
            {
                return page.Path.EndsWith('/') ? (null, "") : (page, "");
            }
            if (page.Path.EndsWith('/') && path.StartsWith(page.Path, StringComparison.Ordinal))
            {
                return (page, path[page.Path.Length..]);
            }
        }
        return (null, "");
    }

    private static Language LanguageOf(HttpContext context, PortalSession? session) => Language.Of(
        PortalCookies.Language(context.Request) ?? session?.Language ?? Language.Accepted(context.Request.Headers.AcceptLanguage.ToString()) ?? PortalLanguages.Default);

    private static Task Refuse(HttpContext context, string why, int status)
    {
        if (context.Response.HasStarted)
        {
            return Task.CompletedTask;
        }
        var language = LanguageOf(context, null);
        context.Response.StatusCode = status;
        return PortalLayout.WriteNotice(context, language, PortalBrand.Of(null), language[$"refused.{why}.title"], language[$"refused.{why}"], null, home: why is "missing" or "again" or "form");
    }

    private static void GoTo(HttpContext context, string page)
    {
        context.Response.Headers.Location = Address(page);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Portal request {RequestId} failed")]
    private static partial void Failed(ILogger log, string requestId, Exception exception);
}
