using System.Text.Json;
using McpBilling.Server.Reports;
using McpBilling.Wallets;

namespace McpBilling.Server.Portal.Pages;

/// <summary>Every entry of the customer's ledger, newest first, with its reason.</summary>
internal sealed class HistoryPage : IPortalPage
{
    public string Path => "history";
    public string MenuKey => "nav.history";

    public async Task<PortalAnswer> Show(PortalVisit visit, string rest)
    {
        var language = visit.Language;
        string? cursor = visit.Query("cursor");
        var page = await visit.Ask(new ListEntries(), new ListEntriesInput { CustomerId = visit.CustomerId, Cursor = cursor });
        var body = new Html().Add($"<p>{language["history.about"]}</p>\n");
        if (page.Entries.Count == 0)
        {
            return PortalAnswer.Page(language["history.title"], body.Add($"<p>{language["history.none"]}</p>\n"));
        }
        body.Add($"<p class=\"soft\">{language.Phrase("history.total", ("count", language.Number(page.Total)))}</p>\n");
        body.Add($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{language["history.title"]}\"><table class=\"history\">\n<thead><tr><th scope=\"col\">{language["history.time"]}</th><th scope=\"col\">{language["history.what"]}</th>");
        body.Add($"<th scope=\"col\" class=\"number\">{language["history.change"]}</th><th scope=\"col\" class=\"number\">{language["history.after"]}</th></tr></thead>\n<tbody>\n");
        foreach (var entry in page.Entries)
        {
            body.Add($"<tr><td class=\"when\"><time datetime=\"{entry.Time.ToString()}\">{language.Time(visit.Local(entry.Time))}</time></td><td><span class=\"kind\">{Kind(language, entry)}</span> <span class=\"soft\">{Reason(language, entry)}</span></td>");
            body.Add($"<td class=\"number\"><bdi>{Change(visit, entry)}</bdi></td><td class=\"number\"><bdi>{visit.Exact(entry.Asset, entry.BalanceAfter)}</bdi></td></tr>\n");
        }
        body.Add($"</tbody></table></div>\n<p class=\"pager\">");
        if (cursor is not null)
        {
            body.Add($"<a href=\"{PortalDoor.Address("history")}\">{language["history.newest"]}</a> ");
        }
        if (page.NextCursor is { } next)
        {
            body.Add($"<a rel=\"next\" href=\"{PortalDoor.Address("history")}?cursor={next}\">{language["history.older"]}</a>");
        }
        return PortalAnswer.Page(language["history.title"], body.Add($"</p>\n"));
    }

    private static string Kind(Language language, EntryView entry) => Known(language, "entry.", JsonNamingPolicy.SnakeCaseLower.ConvertName(entry.Kind.ToString()));

    // Reasons that other parts of the program add later are shown by their id until there are words for them.
    private static Html Reason(Language language, EntryView entry)
    {
        string key = language.Has("cause." + entry.Cause.Kind) ? "cause." + entry.Cause.Kind : "cause.other";
        return language.Phrase(key, ("id", entry.Cause.Id ?? ""));
    }

    private static string Known(Language language, string prefix, string name) => language.Has(prefix + name) ? language[prefix + name] : language[prefix + "other"];

    // A reservation leaves the balance as it is: what it moves is what is held.
    private static string Change(PortalVisit visit, EntryView entry)
    {
        decimal amount = PortalVisit.Decimal(entry.Amount), held = PortalVisit.Decimal(entry.Held ?? "0");
        return amount != 0 || held == 0 ? (amount > 0 ? "+" : "") + visit.Exact(entry.Asset, entry.Amount)
            : visit.Language.Text(held > 0 ? "entry.held.amount" : "entry.released.amount", ("amount", visit.Language.Exact(visit.Asset(entry.Asset), Math.Abs(held))));
    }
}
