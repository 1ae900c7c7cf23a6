using McpBilling.Operations;
using McpBilling.Portal;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>One receipt, made for paper: what surrounds it is not printed.</summary>
internal sealed class ReceiptPage : IPortalPage
{
    public string Path => "receipts/";
    public string? MenuKey => null;

    public async Task<PortalAnswer> Show(PortalVisit visit, string rest)
    {
        // Looked up for this customer: of another's there is none.
        var found = await visit.Ask(new GetReceipt(), new GetReceiptInput { CustomerId = visit.CustomerId, ReceiptId = rest });
        var (language, receipt) = (visit.Language, found.Receipt);
        string credit = visit.Exact(receipt.Credit.Asset, receipt.Credit.Amount), paid = visit.Exact(receipt.Paid.Asset, receipt.Paid.Amount);
        var body = new Html().Add($"<section class=\"card receipt\">\n<dl>\n");
        void Row(string key, Html value) => body.Add($"<div><dt>{language[key]}</dt><dd>{value}</dd></div>\n");
        if (visit.Brand.Name is { } seller)
        {
            Row("receipt.from", new Html().Add($"<bdi>{seller}</bdi>"));
        }
        Row("receipt.to", new Html().Add($"<bdi>{found.CustomerName ?? found.CustomerId}</bdi>"));
        Row("receipt.number", new Html().Add($"<bdi class=\"id\">{receipt.Id}</bdi>"));
        Row("receipt.date", new Html().Add($"{language.Date(visit.DayOf(receipt.PaidAt))}"));
        body.Add($"</dl>\n<table>\n<tbody>\n<tr><th scope=\"row\">{language.Phrase("receipt.item", ("credit", credit))}</th><td class=\"number\"><bdi>{paid}</bdi></td></tr>\n</tbody>\n");
        body.Add($"<tfoot><tr><th scope=\"row\">{language["receipt.total"]}</th><td class=\"number\"><bdi>{paid}</bdi></td></tr></tfoot>\n</table>\n");
        if (receipt.ExpiresAt is { } expires)
        {
            body.Add($"<p class=\"soft\">{language.Phrase("receipt.expires", ("date", language.Date(visit.DayOf(expires))))}</p>\n");
        }
        if (receipt.Voided == true)
        {
            body.Add($"<p>{language["receipt.voided"]}</p>\n");
        }
        body.Add($"</section>\n<p class=\"soft screen\">{language["receipt.print"]}</p>\n<p class=\"screen\"><a href=\"{PortalDoor.Address("receipts")}\">{language["receipt.back"]}</a></p>\n");
        return PortalAnswer.Page(language["receipt.title"], body);
    }
}
