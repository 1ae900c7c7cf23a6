using McpBilling.Payments;
using McpBilling.Portal;
using McpBilling.Server.Receipts;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal.Pages;

/// <summary>One receipt, made for paper: what surrounds it is not printed. With <c>.pdf</c> behind its address it is a PDF.</summary>
internal sealed class ReceiptPage : IPortalPage
{
    private const string Pdf = ".pdf";

    public string Path => "receipts/";
    public string? MenuKey => null;

    public async Task<PortalAnswer> Show(PortalVisit visit, string rest)
    {
        string id = rest.EndsWith(Pdf, StringComparison.Ordinal) ? rest[..^Pdf.Length] : rest;
        // Looked up for this customer: of another's there is none.
        var found = await visit.Ask(new GetReceipt(), new GetReceiptInput { CustomerId = visit.CustomerId, ReceiptId = id });
        if (rest.Length > id.Length)
        {
            return new PortalAnswer { File = new PortalFile($"receipt-{id}{Pdf}", "application/pdf", ReceiptPdf.Write(ReceiptDocument.Of(visit, found))) };
        }
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
        if (found.TopUp is { } bought)
        {
            Row("receipt.method", new Html().Add($"<bdi>{ReceiptDocument.MethodOf(bought, language)}</bdi>"));
        }
        void Line(Html what, string amount) => body.Add($"<tr><th scope=\"row\">{what}</th><td class=\"number\"><bdi>{amount}</bdi></td></tr>\n");
        body.Add($"</dl>\n<table>\n<tbody>\n");
        Line(language.Phrase("receipt.item", ("credit", credit)), paid);
        if (found.TopUp?.Bonus is { } bonus)
        {
            Line(language.Phrase("receipt.bonus", ("credit", visit.Exact(bonus.Asset, bonus.Amount))), visit.Exact(receipt.Paid.Asset, "0"));
        }
        body.Add($"</tbody>\n<tfoot>\n");
        Line(new Html().Add($"{language["receipt.total"]}"), paid);
        if (found.TopUp?.Tax is { } tax)
        {
            Line(new Html().Add($"{language["receipt.tax"]}"), visit.Exact(tax.Asset, tax.Amount));
            Line(new Html().Add($"{language["receipt.sum"]}"), language.Exact(visit.Asset(tax.Asset), PortalVisit.Decimal(tax.Amount) + PortalVisit.Decimal(receipt.Paid.Amount)));
        }
        foreach (var refund in (found.TopUp?.Refunds ?? []).Where(r => r.Status != RefundStatus.Failed))
        {
            string key = refund.Status == RefundStatus.Pending ? "receipt.refunding" : "receipt.refunded";
            Line(language.Phrase(key, ("date", language.Date(visit.DayOf(refund.CreatedAt)))), language.Exact(visit.Asset(refund.Amount.Asset), -PortalVisit.Decimal(refund.Amount.Amount)));
        }
        body.Add($"</tfoot>\n</table>\n");
        if (receipt.ExpiresAt is { } expires)
        {
            body.Add($"<p class=\"soft\">{language.Phrase("receipt.expires", ("date", language.Date(visit.DayOf(expires))))}</p>\n");
        }
        if (receipt.Voided == true)
        {
            body.Add($"<p>{language["receipt.voided"]}</p>\n");
        }
        body.Add($"</section>\n<p class=\"screen\"><a href=\"{PortalDoor.Address("receipts/" + receipt.Id + Pdf)}\" download>{language["receipt.pdf"]}</a></p>\n");
        body.Add($"<p class=\"soft screen\">{language["receipt.print"]}</p>\n<p class=\"screen\"><a href=\"{PortalDoor.Address("receipts")}\">{language["receipt.back"]}</a></p>\n");
        return PortalAnswer.Page(language["receipt.title"], body);
    }
}
