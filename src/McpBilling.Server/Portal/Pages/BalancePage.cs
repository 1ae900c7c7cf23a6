using McpBilling.Payments;
using McpBilling.Portal;
using McpBilling.Server.Reports;
using McpBilling.Wallets;

namespace McpBilling.Server.Portal.Pages;

/// <summary>What there is, how long it lasts, and what needs attention.</summary>
internal sealed class BalancePage : IPortalPage
{
    private const int MostGrants = 20;

    public string Path => "";
    public string MenuKey => "nav.balance";

    public async Task<PortalAnswer> Show(PortalVisit visit, string rest)
    {
        var activity = await visit.Ask(new GetActivity(), new GetActivityInput { CustomerId = visit.CustomerId });
        var wallet = await visit.Ask(new GetWallet(), new GetWalletInput { CustomerId = visit.CustomerId });
        var limits = await visit.Ask(new GetLimits(), new GetLimitsInput { CustomerId = visit.CustomerId });
        var recharges = await visit.Ask(new ListAutoRecharges(), new ListAutoRechargesInput { CustomerId = visit.CustomerId });
        var body = new Html().Add($"{Alerts(visit, activity, limits)}{Ended(visit, recharges)}");
        if (activity.Accounts.Count == 0)
        {
            return PortalAnswer.Page(visit.Language["balance.title"], body.Add($"<p>{visit.Language["balance.none"]}</p>\n"));
        }
        body.Add($"<div class=\"cards\">\n");
        foreach (var account in activity.Accounts)
        {
            body.Add($"{Card(visit, account)}");
        }
        return PortalAnswer.Page(visit.Language["balance.title"], body.Add($"</div>\n{Expiring(visit, wallet)}"));
    }

    private static Html Card(PortalVisit visit, ActivityAccount account)
    {
        var (language, figures) = (visit.Language, account.Figures);
        string name = NameOf(visit, account.Asset);
        var card = new Html().Add($"<section class=\"card\" aria-label=\"{name}\">\n<h2><bdi>{name}</bdi></h2>\n");
        card.Add($"<p class=\"figure\"><bdi>{visit.Figure(account.Asset, figures.Available)}</bdi> <span class=\"soft\">{language["balance.available"]}</span></p>\n<p class=\"left\">{Left(visit, account)}</p>\n");
        if (account.AveragePerDay is { } average)
        {
            card.Add($"<p class=\"soft\">{language.Phrase("balance.average", ("amount", visit.Figure(account.Asset, average)))}</p>\n");
        }
        card.Add($"<dl>\n<div><dt>{language["balance.balance"]}</dt><dd><bdi>{visit.Exact(account.Asset, figures.Balance)}</bdi></dd></div>\n");
        if (PortalVisit.Decimal(figures.Held) != 0)
        {
            card.Add($"<div><dt>{language["balance.held"]}</dt><dd><bdi>{visit.Exact(account.Asset, figures.Held)}</bdi></dd></div>\n");
        }
        if (PortalVisit.Decimal(figures.Debt) != 0)
        {
            card.Add($"<div><dt>{language["balance.debt"]}</dt><dd><bdi>{visit.Exact(account.Asset, figures.Debt)}</bdi></dd></div>\n");
        }
        return card.Add($"</dl>\n</section>\n");
    }

    private static Html Left(PortalVisit visit, ActivityAccount account) => account switch
    {
        { DaysLeft: 1 } => visit.Language.Phrase("balance.left.one"),
        { DaysLeft: > 1 and var days } => visit.Language.Phrase("balance.left.other", ("days", visit.Language.Number(days))),
        { DaysLeft: 0 } when PortalVisit.Decimal(account.Figures.Available) > 0 => visit.Language.Phrase("balance.left.today"),
        _ when PortalVisit.Decimal(account.Figures.Available) <= 0 => visit.Language.Phrase("balance.left.empty"),
        { AveragePerDay: null } => visit.Language.Phrase("balance.left.unknown"),
        _ => visit.Language.Phrase("balance.left.long"),
    };

    // What an authorization would refuse, and what the customer asked to be told.
    private static Html Alerts(PortalVisit visit, GetActivityOutput activity, CustomerLimitsOutput limits)
    {
        var alerts = new Html();
        foreach (var own in limits.Limits)
        {
            string name = NameOf(visit, own.Asset);
            var figures = activity.Accounts.FirstOrDefault(a => a.Asset == own.Asset)?.Figures;
            if (own is { SpendingCap: { } cap, Spent: { } spent, PeriodEndsAt: { } ends } && PortalVisit.Decimal(spent) + PortalVisit.Decimal(figures?.Held ?? "0") >= PortalVisit.Decimal(cap))
            {
                alerts.Add($"<div class=\"alert\" role=\"status\"><p>{visit.Language.Phrase("balance.capped", ("asset", name), ("date", visit.Language.Date(visit.DayOf(ends))))}</p>");
                alerts.Add($"<p><a href=\"{PortalDoor.Address("limits")}\">{visit.Language["balance.capped.raise"]}</a></p></div>\n");
            }
            if (own.LowBalance is { } low && PortalVisit.Decimal(figures?.Balance ?? "0") < PortalVisit.Decimal(low))
            {
                alerts.Add($"<div class=\"alert\" role=\"status\"><p>{visit.Language.Phrase("balance.low", ("asset", name), ("amount", visit.Exact(own.Asset, low)))}</p></div>\n");
            }
        }
        return alerts;
    }

    // What the customer did not turn off themselves they are told of, until they say what is to become of it.
    private static Html Ended(PortalVisit visit, ListAutoRechargesOutput recharges)
    {
        var alerts = new Html();
        foreach (var ended in recharges.AutoRecharges.Where(a => a.Ended is { } why && why != AutoRechargeEnd.Customer))
        {
            alerts.Add($"<div class=\"alert\" role=\"status\"><p>{visit.Language.Phrase("balance.auto", ("asset", NameOf(visit, ended.Asset)), ("why", AutoRechargeState.Why(visit.Language, ended)))}</p>");
            alerts.Add($"<p><a href=\"{PortalDoor.Address(AutoRechargePage.Address)}\">{visit.Language["balance.auto.open"]}</a></p></div>\n");
        }
        return alerts;
    }

    private static Html Expiring(PortalVisit visit, GetWalletOutput wallet)
    {
        var grants = wallet.Accounts.SelectMany(a => a.Grants ?? []).Where(g => g is { Status: GrantCondition.Active, ExpiresAt: not null })
            .OrderBy(g => g.ExpiresAt!.Value.Microseconds).Take(MostGrants).ToList();
        if (grants.Count == 0)
        {
            return new Html();
        }
        var list = new Html().Add($"<section><h2>{visit.Language["balance.ends"]}</h2>\n<ul class=\"plainlist\">\n");
        foreach (var grant in grants)
        {
            list.Add($"<li>{visit.Language.Phrase("balance.expiring", ("amount", visit.Exact(grant.Asset, grant.Remaining)), ("date", visit.Language.Date(visit.DayOf(grant.ExpiresAt!.Value))))}</li>\n");
        }
        return list.Add($"</ul></section>\n");
    }

    internal static string NameOf(PortalVisit visit, string asset) => visit.Asset(asset).Name;
}
