using McpBilling.Portal;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>How balances went, day by day, and what they went for.</summary>
internal sealed class UsagePage : IPortalPage
{
    private const int Days = 30;

    public string Path => "usage";
    public string MenuKey => "nav.usage";

    public async Task<PortalAnswer> Show(PortalVisit visit, string rest)
    {
        var language = visit.Language;
        var activity = await visit.Ask(new GetActivity(), new GetActivityInput { CustomerId = visit.CustomerId, Days = Days });
        var body = new Html().Add($"<p>{language.Phrase("usage.about", ("days", language.Number(Days)))}</p>\n");
        if (!activity.Whole)
        {
            body.Add($"<p class=\"alert\">{language["usage.part"]}</p>\n");
        }
        foreach (var account in activity.Accounts)
        {
            body.Add($"{Account(visit, account)}");
        }
        if (activity.Products.Count == 0)
        {
            body.Add($"<p>{language["usage.none"]}</p>\n");
        }
        body.Add($"{Shares(visit, "usage.products", "usage.key.product", activity.Products)}{Shares(visit, "usage.features", "usage.key.feature", activity.Features)}{Shares(visit, "usage.models", "usage.key.model", activity.Models)}");
        return PortalAnswer.Page(language["usage.title"], body);
    }

    private static Html Account(PortalVisit visit, ActivityAccount account)
    {
        var language = visit.Language;
        string name = BalancePage.NameOf(visit, account.Asset);
        var section = new Html().Add($"<section>\n<h2>{language.Phrase("usage.chart", ("asset", name))}</h2>\n<figure>{BurnDown.Draw(visit, account)}");
        if (account.DaysLeft is not null)
        {
            section.Add($"<figcaption class=\"soft\">{language["usage.chart.ahead"]}</figcaption>");
        }
        section.Add($"</figure>\n<details><summary>{language["usage.table"]}</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{language.Text("usage.chart", ("asset", name))}\"><table>\n");
        section.Add($"<thead><tr><th scope=\"col\">{language["usage.day"]}</th><th scope=\"col\" class=\"number\">{language["usage.used"]}</th><th scope=\"col\" class=\"number\">{language["usage.balance"]}</th></tr></thead>\n<tbody>\n");
        foreach (var day in account.Days.Reverse())
        {
            section.Add($"<tr><th scope=\"row\">{language.Date(BurnDown.DayOf(day))}</th><td class=\"number\"><bdi>{visit.Exact(account.Asset, day.Used)}</bdi></td><td class=\"number\"><bdi>{visit.Exact(account.Asset, day.Balance)}</bdi></td></tr>\n");
        }
        return section.Add($"</tbody></table></div></details>\n</section>\n");
    }

    private static Html Shares(PortalVisit visit, string titleKey, string columnKey, IReadOnlyList<ActivityShare> shares)
    {
        var language = visit.Language;
        // Nobody is helped by a table that says only that nothing has a name.
        if (shares.All(s => s.Key is null))
        {
            return new Html();
        }
        var most = shares.GroupBy(s => s.Asset).ToDictionary(g => g.Key, g => g.Max(s => PortalVisit.Decimal(s.Amount)));
        var table = new Html().Add($"<section>\n<h2>{language[titleKey]}</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{language[titleKey]}\"><table>\n");
        table.Add($"<thead><tr><th scope=\"col\">{language[columnKey]}</th><th scope=\"col\" class=\"number\">{language["usage.events"]}</th><th scope=\"col\" class=\"number\">{language["usage.amount"]}</th></tr></thead>\n<tbody>\n");
        foreach (var share in shares)
        {
            double width = most[share.Asset] <= 0 ? 0 : (double)Math.Clamp(PortalVisit.Decimal(share.Amount) / most[share.Asset] * 100, 0, 100);
            table.Add($"<tr><th scope=\"row\"><bdi>{share.Name ?? share.Key ?? language["usage.unsaid"]}</bdi>");
            table.Add($"<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"{width}\" height=\"4\"/></svg></th>");
            table.Add($"<td class=\"number\">{language.Number(share.Events)}</td><td class=\"number\"><bdi>{visit.Exact(share.Asset, share.Amount)}</bdi></td></tr>\n");
        }
        return table.Add($"</tbody></table></div>\n</section>\n");
    }
}
