using McpBilling.Payments;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>The form that turns a recharge on or changes it: when, what, how much at most in a month, what is charged, and the consent, which each change needs anew.</summary>
internal static class AutoRechargeForm
{
    private static readonly Html Selected = new Html().Add($" selected"), Checked = new Html().Add($" checked"), None = new();

    public static Html Draw(PortalVisit visit, string assetId, AutoRechargeView? settings, SavedCards cards, AutoRechargeEntry? entered, string id)
    {
        var language = visit.Language;
        var asset = visit.Asset(assetId);
        bool isOn = settings?.Enabled == true;
        var offers = AutoRechargeOffer.Of(visit.Catalog, assetId);
        var form = new Html().Add($"<h3>{language[isOn ? "auto.set.change" : "auto.set.on"]}</h3>\n{visit.Form(AutoRechargePage.Address)}<input type=\"hidden\" name=\"{AutoRechargeEntry.AssetField}\" value=\"{assetId}\">\n");
        string Own(string? amount, int least) => amount is null ? "" : language.Typed(PortalVisit.Decimal(amount), least);
        form.Add($"{AmountField.Draw(visit, AmountField.UnitOf(asset), $"{id}-threshold", AutoRechargeEntry.ThresholdField, "auto.threshold", language["auto.threshold.about"], entered?.Threshold ?? Own(settings?.Threshold, asset.MinorDigits), entered?.Problem(AutoRechargeEntry.ThresholdField))}");
        form.Add($"{What(visit, offers, entered?.What ?? (settings is null ? null : AutoRechargeOffer.Of(visit.Catalog, settings)?.Value), entered, $"{id}-what")}");
        string[] currencies = [.. offers.Select(o => o.Currency).Distinct(StringComparer.Ordinal)];
        string? Unit(IEnumerable<string> of) => of.Distinct(StringComparer.Ordinal).ToList() is [var only] ? only.ToUpperInvariant() : null;
        int digits = visit.Asset(settings?.Currency ?? currencies[0]).MinorDigits;
        if (offers.Any(o => o.Free is not null))
        {
            string bounds = string.Join(" · ", offers.Where(o => o.Free is not null).Select(o => CreditPage.Between(visit, "credit.between", o.Free!)));
            string about = offers.Any(o => o.Pack is not null) ? language.Text("auto.amount.about", ("bounds", bounds)) : bounds;
            form.Add($"{AmountField.Draw(visit, Unit(offers.Where(o => o.Free is not null).Select(o => o.Currency)), $"{id}-amount", AutoRechargeEntry.AmountField, "auto.amount", about, entered?.Amount ?? Own(settings?.Amount, digits), entered?.Problem(AutoRechargeEntry.AmountField))}");
        }
        form.Add($"{AmountField.Draw(visit, Unit(currencies), $"{id}-cap", AutoRechargeEntry.CapField, "auto.cap", language["auto.cap.about"], entered?.Cap ?? Own(settings?.MonthlyCap, digits), entered?.Problem(AutoRechargeEntry.CapField))}");
        form.Add($"{Card(visit, cards, settings, entered, $"{id}-card")}{Consent(visit, assetId, entered, $"{id}-consent")}");
        return form.Add($"<button>{language.Phrase(isOn ? "auto.save" : "auto.on", ("asset", asset.Name))}</button>\n</form>\n");
    }

    private static Html What(PortalVisit visit, IReadOnlyList<AutoRechargeOffer> offers, string? chosen, AutoRechargeEntry? entered, string id)
    {
        // What leaves no choice is no field.
        if (offers is [{ Free: not null } only])
        {
            return new Html().Add($"<input type=\"hidden\" name=\"{AutoRechargeEntry.WhatField}\" value=\"{only.Value}\">\n");
        }
        string? problem = entered?.Problem(AutoRechargeEntry.WhatField);
        var field = new Html().Add($"<div class=\"field\"><label for=\"{id}\">{visit.Language["auto.what"]}</label>\n{AmountField.Said(id, problem)}<select id=\"{id}\" class=\"wide\" name=\"{AutoRechargeEntry.WhatField}\"{AmountField.State(id, problem, hint: false)}>");
        foreach (var offer in offers)
        {
            field.Add($"<option value=\"{offer.Value}\"{(offer.Value == chosen ? Selected : None)}>{offer.Name(visit)}</option>");
        }
        return field.Add($"</select></div>\n");
    }

    private static Html Card(PortalVisit visit, SavedCards cards, AutoRechargeView? settings, AutoRechargeEntry? entered, string id)
    {
        string? problem = entered?.Problem(AutoRechargeEntry.CardField);
        string? chosen = entered?.Card ?? cards.All.Where(c => c.IsCharged && (settings is null || c.Processor == settings.Processor)).Select(AutoRechargeEntry.KeyOf).FirstOrDefault();
        var field = new Html().Add($"<div class=\"field\"><label for=\"{id}\">{visit.Language["auto.pay"]}</label>\n{AmountField.Said(id, problem)}<select id=\"{id}\" class=\"wide\" name=\"{AutoRechargeEntry.CardField}\"{AmountField.State(id, problem, hint: false)}>");
        foreach (var card in cards.All)
        {
            string key = AutoRechargeEntry.KeyOf(card);
            field.Add($"<option value=\"{key}\"{(key == chosen ? Selected : None)}>{CardsPage.NameOf(visit.Language, card)}</option>");
        }
        return field.Add($"</select>\n<p class=\"pager\"><a href=\"{PortalDoor.Address(CardsPage.Address)}\">{visit.Language["auto.cards"]}</a></p></div>\n");
    }

    private static Html Consent(PortalVisit visit, string asset, AutoRechargeEntry? entered, string id)
    {
        string? problem = entered?.Problem(AutoRechargeEntry.ConsentField);
        var field = new Html().Add($"<div class=\"field\">\n{AmountField.Said(id, problem)}<div class=\"check\"><input id=\"{id}\" name=\"{AutoRechargeEntry.ConsentField}\" type=\"checkbox\" value=\"{AutoRechargeConsent.VersionIn(visit.Language)}\"{(entered?.Agreed == true ? Checked : None)}{AmountField.State(id, problem, hint: false)}>");
        return field.Add($"<label for=\"{id}\">{AutoRechargeConsent.Text(visit, asset)}</label></div></div>\n");
    }
}
