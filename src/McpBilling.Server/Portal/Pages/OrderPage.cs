using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Reports;
using McpBilling.Wallets;

namespace McpBilling.Server.Portal.Pages;

/// <summary>One order of credit: how it stands, and a link to where it is paid. A link, since a form that leads to another origin is forbidden by the pages' policy.</summary>
internal sealed class OrderPage : IPortalPage
{
    public string Path => "credit/";
    public string? MenuKey => null;

    public async Task<PortalAnswer> Show(PortalVisit visit, string rest)
    {
        var language = visit.Language;
        var order = await visit.Ask(new GetTopUp(), new GetTopUpInput { TopUpId = rest });
        // Orders are the workspace's: of another customer's there is none here.
        if (order.CustomerId != visit.CustomerId)
        {
            throw new BillingException(ErrorCode.TopUpNotFound, "There is no such order.");
        }
        var body = new Html().Add($"<section class=\"card receipt\">\n");
        string price = visit.Exact(order.Price.Asset, order.Price.Amount), credit = visit.Exact(order.Credit.Asset, order.Credit.Amount);
        if (order.Status == TopUpStatus.Paid)
        {
            var wallet = await visit.Ask(new GetWallet(), new GetWalletInput { CustomerId = visit.CustomerId, Detail = Detail.Concise });
            body.Add($"<div class=\"done\" role=\"status\"><p>{language.Phrase("order.paid", ("credit", credit))}</p></div>\n");
            body.Add($"<p>{language.Phrase("order.balance", ("amount", visit.Exact(order.Credit.Asset, wallet.Accounts.FirstOrDefault(a => a.Asset == order.Credit.Asset)?.Balance ?? "0")))}</p>\n");
            body.Add($"<p><a href=\"{PortalDoor.Address("")}\">{language["refused.home"]}</a></p>\n");
        }
        else
        {
            body.Add($"<dl>\n<div><dt>{language["credit.pay"]}</dt><dd><bdi>{price}</bdi></dd></div>\n<div><dt>{language["credit.get"]}</dt><dd><bdi>{credit}</bdi></dd></div>\n<div><dt>{language["receipt.number"]}</dt><dd><bdi class=\"id\">{order.Id}</bdi></dd></div>\n</dl>\n");
            string key = order switch
            {
                { Status: not TopUpStatus.Open } => "order.ended",
                { Pending: true } => "order.pending",
                { LastFailure: not null } => "order.failed",
                { Url: not null } => "order.open",
                _ => "order.transfer",
            };
            body.Add($"<p>{language[key]}</p>\n");
            if (order.Url is { } page && order.Pending != true)
            {
                body.Add($"<p><a class=\"button\" href=\"{page}\" rel=\"noreferrer\">{language.Phrase("order.pay", ("price", price))}</a></p>\n");
            }
            if (order.Status != TopUpStatus.Open)
            {
                body.Add($"<p><a href=\"{PortalDoor.Address("credit")}\">{language["order.again"]}</a></p>\n");
            }
        }
        return PortalAnswer.Page(language["order.title"], body.Add($"</section>\n"));
    }
}
