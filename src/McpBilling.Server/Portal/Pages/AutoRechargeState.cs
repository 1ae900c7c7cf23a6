using McpBilling.Payments;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>How a recharge stands: what it does, what it has charged, what is under way, why it ended.</summary>
internal static class AutoRechargeState
{
    // What processors call what a customer can do something about.
    private static readonly string[] KnownFailures = ["insufficient_funds", "authentication_required", "expired_card", "no_instrument"];

    /// <summary>Why it is off, as a sentence.</summary>
    public static string Why(Language language, AutoRechargeView settings) => language["auto.ended." + settings.Ended!.Value.ToString().ToLowerInvariant()];

    /// <param name="charges">The latest orders that it made, the newest first.</param>
    public static Html Draw(PortalVisit visit, AutoRechargeView settings, IReadOnlyList<TopUpView> charges, SavedCards cards)
    {
        var language = visit.Language;
        var offer = AutoRechargeOffer.Of(visit.Catalog, settings);
        var card = cards.All.FirstOrDefault(c => c.Processor == settings.Processor && c.IsCharged);
        var html = new Html().Add($"{Alerts(visit, settings, offer, isPayable: card is not null || !cards.IsWhole)}");
        if (settings.Ended == AutoRechargeEnd.Customer)
        {
            html.Add($"<p>{Why(language, settings)}</p>\n");
        }
        if (settings.Enabled && offer is not null)
        {
            var asset = visit.Asset(settings.Asset);
            decimal chosen = PortalVisit.Decimal(settings.Amount ?? "0");
            html.Add($"<p>{language.Phrase("auto.rule", ("threshold", visit.Exact(settings.Asset, settings.Threshold)), ("credit", language.Exact(asset, offer.Credit(asset, chosen))), ("price", language.Exact(visit.Asset(offer.Currency), offer.Price(chosen))))}</p>\n");
        }
        html.Add($"<p>{language.Phrase("auto.month.of", ("charged", visit.Exact(settings.Currency, settings.ChargedThisMonth)), ("cap", visit.Exact(settings.Currency, settings.MonthlyCap)))}</p>\n");
        html.Add($"<progress max=\"100\" value=\"{PortalVisit.Percent(settings.ChargedThisMonth, settings.MonthlyCap)}\" aria-label=\"{language["auto.month"]}\"></progress>\n<dl>\n");
        if (settings.Enabled && card is not null)
        {
            html.Add($"<div><dt>{language["auto.card"]}</dt><dd>{CardsPage.Named(language, card)}</dd></div>\n");
        }
        html.Add($"<div><dt>{language["auto.agreed"]}</dt><dd>{language.Time(visit.Local(settings.ConsentAt))}</dd></div>\n</dl>\n");
        return html.Add($"{Charges(visit, settings, charges)}");
    }

    private static Html Alerts(PortalVisit visit, AutoRechargeView settings, AutoRechargeOffer? offer, bool isPayable)
    {
        var language = visit.Language;
        var alerts = new Html();
        void Say(string text) => alerts.Add($"<div class=\"alert\" role=\"status\"><p>{text}</p></div>\n");
        if (settings.Ended is { } why && why != AutoRechargeEnd.Customer)
        {
            Say(Why(language, settings));
        }
        if (settings.InFlight)
        {
            Say(language[settings.Enabled ? "auto.inflight" : "auto.inflight.off"]);
        }
        if (!settings.Enabled)
        {
            return alerts;
        }
        if (!isPayable)
        {
            Say(language["auto.nocard"]);
        }
        if (offer is null)
        {
            Say(language["auto.gone"]);
        }
        else if (PortalVisit.Decimal(settings.ChargedThisMonth) + offer.Price(PortalVisit.Decimal(settings.Amount ?? "0")) > PortalVisit.Decimal(settings.MonthlyCap))
        {
            Say(language["auto.capped"]);
        }
        return alerts;
    }

    private static Html Charges(PortalVisit visit, AutoRechargeView settings, IReadOnlyList<TopUpView> charges)
    {
        var language = visit.Language;
        if (charges.Count == 0)
        {
            return new Html();
        }
        var list = new Html().Add($"<h3>{language["auto.charges"]}</h3>\n<ul class=\"plainlist\">\n");
        foreach (var charge in charges)
        {
            string key = charge switch
            {
                { Status: TopUpStatus.Paid } => "auto.charge.paid",
                { Status: TopUpStatus.Open } => "auto.charge.pending",
                _ => "auto.charge.failed",
            };
            string failure = charge.LastFailure is { } code && KnownFailures.Contains(code) ? code : "other";
            list.Add($"<li>{language.Phrase(key, ("time", language.Time(visit.Local(charge.CreatedAt))), ("price", visit.Exact(charge.Price.Asset, charge.Price.Amount)), ("credit", visit.Exact(charge.Credit.Asset, charge.Credit.Amount)), ("why", language["auto.why." + failure]))}</li>\n");
        }
        list.Add($"</ul>\n");
        if (settings.Enabled && charges[0].Status is TopUpStatus.Canceled or TopUpStatus.Expired)
        {
            list.Add($"<p class=\"soft\">{language.Phrase("auto.retry", ("count", language.Number(AutoRecharge.MaxFailures)))}</p>\n");
        }
        return list;
    }
}
