using McpBilling.Portal;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>What the customer paid for credit.</summary>
internal sealed class ReceiptsPage : IPortalPage
{
    public string Path => "receipts";
    public string MenuKey => "nav.receipts";

    public async Task<PortalAnswer> Show(PortalVisit visit, string rest)
    {
        var language = visit.Language;
        var page = await visit.Ask(new ListReceipts(), new ListReceiptsInput { CustomerId = visit.CustomerId, Cursor = visit.Query("cursor") });
        var body = new Html().Add($"<p>{language["receipts.about"]}</p>\n");
        if (page.Receipts.Count == 0)
        {
            return PortalAnswer.Page(language["receipts.title"], body.Add($"<p>{language["receipts.none"]}</p>\n"));
        }
        body.Add($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{language["receipts.title"]}\"><table>\n<thead><tr><th scope=\"col\">{language["receipts.date"]}</th><th scope=\"col\" class=\"number\">{language["receipts.credit"]}</th>");
        body.Add($"<th scope=\"col\" class=\"number\">{language["receipts.paid"]}</th><th scope=\"col\">{language["receipts.show"]}</th></tr></thead>\n<tbody>\n");
        foreach (var receipt in page.Receipts)
        {
            string date = language.Date(visit.DayOf(receipt.PaidAt));
            body.Add($"<tr><td>{date}</td><td class=\"number\"><bdi>{visit.Exact(receipt.Credit.Asset, receipt.Credit.Amount)}</bdi></td><td class=\"number\"><bdi>{visit.Exact(receipt.Paid.Asset, receipt.Paid.Amount)}</bdi></td>");
            body.Add($"<td><a href=\"{PortalDoor.Address("receipts/" + receipt.Id)}\">{language.Phrase("receipts.show.of", ("date", date))}</a></td></tr>\n");
        }
        body.Add($"</tbody></table></div>\n");
        if (page.NextCursor is { } next)
        {
            body.Add($"<p class=\"pager\"><a rel=\"next\" href=\"{PortalDoor.Address("receipts")}?cursor={next}\">{language["receipts.older"]}</a></p>\n");
        }
        return PortalAnswer.Page(language["receipts.title"], body);
    }
}
