using System.Security.Cryptography;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>
/// What the customer left to pay with later: brand, last digits, expiry, as the processors list it now. Another one is left on the processor's own page, to which a
/// link leads; no number is typed or kept here.
/// </summary>
internal sealed class CardsPage : IPortalPage
{
    public const string Address = "cards";

    private const string ActField = "act", CardField = "card", OnceField = "once";

    public string Path => Address;
    public string MenuKey => "nav.cards";

    public bool IsFor(PortalVisit visit) => SavedCards.Keepers(visit.Billing, visit.Caller).Count > 0;

    /// <summary>A card as people know it, the words of either direction apart.</summary>
    public static Html Named(Language language, SavedCard card) => card.Instrument is { Label: var label, Expires: { } expires }
        ? language.Phrase("cards.name", ("card", label), ("month", language.Month(expires.Year, expires.Month)))
        : new Html().Add($"<bdi>{card.Instrument.Label}</bdi>");

    /// <summary>The same where there can be words only: in a list to choose from.</summary>
    public static string NameOf(Language language, SavedCard card) => card.Instrument is { Label: var label, Expires: { } expires }
        ? language.Text("cards.name", ("card", label), ("month", language.Month(expires.Year, expires.Month)))
        : card.Instrument.Label;

    /// <summary>A button that leads to where another card is left.</summary>
    public static Html AddButton(PortalVisit visit) => new Html().Add(
        $"{visit.Form(Address)}<input type=\"hidden\" name=\"{ActField}\" value=\"add\"><input type=\"hidden\" name=\"{OnceField}\" value=\"{RandomNumberGenerator.GetHexString(32, lowercase: true)}\"><p class=\"act\"><button>{visit.Language["cards.add"]}</button></p></form>\n");

    public Task<PortalAnswer> Show(PortalVisit visit, string rest) => List(visit, null);

    public async Task<PortalAnswer> Act(PortalVisit visit, IFormCollection form)
    {
        try
        {
            return form[ActField].ToString() switch
            {
                "add" => await Add(visit, form[OnceField].ToString()),
                "use" => await Use(visit, form[CardField].ToString()),
                "remove" => await Remove(visit, form[CardField].ToString()),
                _ => throw NoForm(),
            };
        }
        catch (BillingException refused) when (refused.Code == ErrorCode.PaymentNotPossible || refused.Code == ErrorCode.ProcessorUnavailable)
        {
            return await List(visit, visit.Language["error.cards"]);
        }
    }

    private static async Task<PortalAnswer> Add(PortalVisit visit, string once)
    {
        // The wish is named when its form is made: sent twice, it leads to the same page.
        if (once.Length != 32 || !once.All(char.IsAsciiHexDigitLower))
        {
            throw NoForm();
        }
        string server = visit.Billing.Reads<IServerAddress>().Url ?? $"{visit.Context.Request.Scheme}://{visit.Context.Request.Host}";
        var page = await SavedCards.Add(visit.Billing, visit.Caller, visit.CustomerId, once, new Uri(server + PortalDoor.Address(Address)), CancellationToken.None);
        var language = visit.Language;
        // A link, since a form that leads to another origin is forbidden by the pages' policy.
        var body = new Html().Add($"<section class=\"card receipt\">\n<p>{language["cards.add.ready"]}</p>\n<p><a class=\"button\" href=\"{page.Url.AbsoluteUri}\" rel=\"noreferrer\">{language["cards.add.open"]}</a></p>\n");
        return PortalAnswer.Page(language["cards.add"], body.Add($"<p class=\"pager\"><a href=\"{PortalDoor.Address(Address)}\">{language["cards.back"]}</a></p>\n</section>\n"));
    }

    private static async Task<PortalAnswer> Use(PortalVisit visit, string key)
    {
        await SavedCards.Choose(visit.Billing, visit.Caller, visit.CustomerId, await Own(visit, key), CancellationToken.None);
        return new PortalAnswer { GoTo = $"{Address}?done=used" };
    }

    private static async Task<PortalAnswer> Remove(PortalVisit visit, string key)
    {
        await SavedCards.Remove(visit.Billing, visit.Caller, visit.CustomerId, await Own(visit, key), CancellationToken.None);
        return new PortalAnswer { GoTo = $"{Address}?done=removed" };
    }

    // Looked up among this customer's: of another's there is none here.
    private static async Task<SavedCard> Own(PortalVisit visit, string key) =>
        (await SavedCards.Of(visit.Billing, visit.Caller, visit.CustomerId, visit.Aborted)).All.FirstOrDefault(c => AutoRechargeEntry.KeyOf(c) == key) ?? throw NoForm();

    private static async Task<PortalAnswer> List(PortalVisit visit, string? failure)
    {
        var language = visit.Language;
        var cards = await SavedCards.Of(visit.Billing, visit.Caller, visit.CustomerId, visit.Aborted);
        var recharges = (await visit.Ask(new ListAutoRecharges(), new ListAutoRechargesInput { CustomerId = visit.CustomerId })).AutoRecharges;
        var body = new Html();
        if (failure is not null)
        {
            body.Add($"<div class=\"alert\" role=\"alert\"><p>{failure}</p></div>\n");
        }
        else if (visit.Query("done") is "used" or "removed")
        {
            body.Add($"<div class=\"done\" role=\"status\"><p>{language["cards.done." + visit.Query("done")]}</p></div>\n");
        }
        body.Add($"<p>{language["cards.about"]}</p>\n");
        if (!cards.IsWhole)
        {
            body.Add($"<p class=\"alert\">{language["cards.part"]}</p>\n");
        }
        if (cards.All.Count == 0)
        {
            body.Add($"<p>{language["cards.none"]}</p>\n");
        }
        else
        {
            body.Add($"<div class=\"cards\">\n");
            foreach (var card in cards.All)
            {
                body.Add($"{Card(visit, card, card.IsCharged && recharges.Any(r => r.Enabled && r.Processor == card.Processor))}");
            }
            body.Add($"</div>\n");
        }
        return new PortalAnswer { Title = language["cards.title"], Body = body.Add($"{AddButton(visit)}"), Status = failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable };
    }

    private static Html Card(PortalVisit visit, SavedCard card, bool endsWithIt)
    {
        var language = visit.Language;
        string label = card.Instrument.Label;
        var html = new Html().Add($"<section class=\"card\" aria-label=\"{label}\">\n<h2><bdi>{label}</bdi></h2>\n");
        if (card.Instrument.Expires is { } expires)
        {
            html.Add($"<p class=\"soft\">{language.Phrase("cards.expires", ("month", language.Month(expires.Year, expires.Month)))}</p>\n");
        }
        html.Add($"{(card.IsCharged ? new Html().Add($"<p class=\"left\">{language["cards.charged"]}</p>\n") : Button(visit, card, "use"))}{Button(visit, card, "remove")}");
        if (endsWithIt)
        {
            html.Add($"<p class=\"hint\">{language["cards.remove.ends"]}</p>\n");
        }
        return html.Add($"</section>\n");
    }

    private static Html Button(PortalVisit visit, SavedCard card, string act) => new Html().Add(
        $"{visit.Form(Address)}<input type=\"hidden\" name=\"{ActField}\" value=\"{act}\"><input type=\"hidden\" name=\"{CardField}\" value=\"{AutoRechargeEntry.KeyOf(card)}\"><p class=\"act\"><button class=\"plain\">{visit.Language.Phrase("cards." + act, ("card", card.Instrument.Label))}</button></p></form>\n");

    private static BillingException NoForm() => new(ErrorCode.NotFound, "There is no such form.");
}
