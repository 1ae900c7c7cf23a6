using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>
/// The recharges that the customer allows in advance, a section for each asset: how it stands, a button that ends it at once, and the form that turns it on or
/// changes it. It is set by the operation that apps use, so there is one truth of it.
/// </summary>
internal sealed class AutoRechargePage : IPortalPage
{
    public const string Address = "auto-recharge";

    // Enough to see what happened; every charge is in the receipts.
    private const int LatestCharges = 5, MostRead = 50;

    private const string ActField = "act", Off = "off";

    public string Path => Address;
    public string MenuKey => "nav.auto";

    public bool IsFor(PortalVisit visit) => AutoRechargeOffer.Assets(visit.Catalog).Any() && SavedCards.Keepers(visit.Billing, visit.Caller).Count > 0;

    public Task<PortalAnswer> Show(PortalVisit visit, string rest) => Show(visit, null, null);

    public Task<PortalAnswer> Act(PortalVisit visit, IFormCollection form) => form[ActField] == Off ? TurnOff(visit, form[AutoRechargeEntry.AssetField].ToString()) : Set(visit, form);

    private static async Task<PortalAnswer> TurnOff(PortalVisit visit, string asset)
    {
        await visit.Ask(new SetAutoRecharge(), new SetAutoRechargeInput { CustomerId = visit.CustomerId, Asset = asset, Enabled = false });
        return new PortalAnswer { GoTo = $"{Address}?off={Uri.EscapeDataString(asset)}" };
    }

    private static async Task<PortalAnswer> Set(PortalVisit visit, IFormCollection form)
    {
        var cards = await SavedCards.Of(visit.Billing, visit.Caller, visit.CustomerId, visit.Aborted);
        var entry = AutoRechargeEntry.Of(visit, form, cards);
        if (entry is not { HasProblems: false, Input: { } input, Chosen: { } card })
        {
            return await Show(visit, entry, cards);
        }
        // First, since a charge may begin as soon as it is on.
        await SavedCards.Choose(visit.Billing, visit.Caller, visit.CustomerId, card, CancellationToken.None);
        try
        {
            await visit.Ask(new SetAutoRecharge(), input);
        }
        catch (BillingException refused) when (refused is { Field: not null, Code.Status: < 500 })
        {
            // The catalog changed while this was typed.
            entry.Refused(visit.Language, refused);
            return await Show(visit, entry, cards);
        }
        return new PortalAnswer { GoTo = $"{Address}?on={Uri.EscapeDataString(entry.AssetId)}" };
    }

    private static async Task<PortalAnswer> Show(PortalVisit visit, AutoRechargeEntry? entered, SavedCards? known)
    {
        var language = visit.Language;
        var cards = known ?? await SavedCards.Of(visit.Billing, visit.Caller, visit.CustomerId, visit.Aborted);
        var all = (await visit.Ask(new ListAutoRecharges(), new ListAutoRechargesInput { CustomerId = visit.CustomerId })).AutoRecharges;
        var charges = await visit.Billing.Reads<IPaymentReads>().TopUps(visit.Caller, new TopUpQuestion(visit.CustomerId, Origin: TopUpOrigin.AutoRecharge), null, MostRead, visit.Aborted);
        var body = new Html().Add($"{Note(visit, entered, all)}<p>{language["auto.about"]}</p>\n");
        if (!cards.IsWhole)
        {
            body.Add($"<p class=\"alert\">{language["cards.part"]}</p>\n");
        }
        string[] assets = [.. AutoRechargeOffer.Assets(visit.Catalog).Union(all.Select(a => a.Asset))];
        if (assets.Length == 0 || (SavedCards.Keepers(visit.Billing, visit.Caller).Count == 0 && all.Count == 0))
        {
            body.Add($"<p>{language["auto.none"]}</p>\n");
            assets = [];
        }
        foreach (var (i, asset) in assets.Index())
        {
            var settings = all.FirstOrDefault(a => a.Asset == asset);
            var own = charges.TopUps.Select(t => t.View).Where(v => v.Credit.Asset == asset).Take(LatestCharges).ToList();
            body.Add($"{Section(visit, asset, settings, own, cards, entered?.AssetId == asset ? entered : null, $"r{i}")}");
        }
        return new PortalAnswer { Title = language["auto.title"], Body = body, Status = entered is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
    }

    // What was just done is said as long as it is so.
    private static Html Note(PortalVisit visit, AutoRechargeEntry? entered, IReadOnlyList<AutoRechargeView> all)
    {
        if (entered is not null)
        {
            return new Html().Add($"<div class=\"alert\" role=\"alert\"><p>{visit.Language["error.summary"]}</p></div>\n");
        }
        return all.FirstOrDefault(a => a.Asset == visit.Query(a.Enabled ? "on" : "off")) is { } done
            ? new Html().Add($"<div class=\"done\" role=\"status\"><p>{visit.Language.Phrase(done.Enabled ? "auto.saved" : "auto.stopped", ("asset", BalancePage.NameOf(visit, done.Asset)))}</p></div>\n")
            : new Html();
    }

    private static Html Section(PortalVisit visit, string asset, AutoRechargeView? settings, IReadOnlyList<TopUpView> charges, SavedCards cards, AutoRechargeEntry? entered, string id)
    {
        var language = visit.Language;
        string name = BalancePage.NameOf(visit, asset);
        bool isOn = settings?.Enabled == true;
        var section = new Html().Add($"<section class=\"card\" aria-label=\"{name}\">\n<h2><bdi>{name}</bdi> <span class=\"state {(isOn ? "on" : "off")}\">{language[isOn ? "auto.state.on" : "auto.state.off"]}</span></h2>\n");
        if (settings is not null)
        {
            section.Add($"{AutoRechargeState.Draw(visit, settings, charges, cards)}");
        }
        // Ended by itself, it may be left so: then the customer is not told of it any more.
        if (isOn || (settings?.Ended is { } why && why != AutoRechargeEnd.Customer))
        {
            section.Add($"{visit.Form(Address)}<input type=\"hidden\" name=\"{ActField}\" value=\"{Off}\"><input type=\"hidden\" name=\"{AutoRechargeEntry.AssetField}\" value=\"{asset}\">");
            section.Add($"<p class=\"act\"><button{(isOn ? new Html() : new Html().Add($" class=\"plain\""))}>{language.Phrase(isOn ? "auto.off" : "auto.leave", ("asset", name))}</button></p></form>\n");
        }
        if (cards.All.Count == 0)
        {
            section.Add($"<p>{language["auto.first"]}</p>\n{CardsPage.AddButton(visit)}");
        }
        else if (AutoRechargeOffer.Of(visit.Catalog, asset).Count > 0)
        {
            section.Add($"{AutoRechargeForm.Draw(visit, asset, settings, cards, entered, id)}");
        }
        return section.Add($"</section>\n");
    }
}
