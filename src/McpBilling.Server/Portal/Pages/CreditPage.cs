using System.Security.Cryptography;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Server.Reports;
using McpBilling.Wallets;

namespace McpBilling.Server.Portal.Pages;

/// <summary>Buying credit: the catalog's packs and amounts of one's own choice, each with the balance that it leads to, before anything is ordered.</summary>
internal sealed class CreditPage : IPortalPage
{
    // An order is made once, however often its form is sent: the key is made with the form.
    private const string OrderField = "order", PackField = "pack", FreeField = "free", AmountField = "amount", ConfirmField = "confirm";

    public string Path => "credit";
    public string MenuKey => "nav.credit";

    public bool IsFor(PortalVisit visit) => visit.Catalog.Document.TopUps is { } offered && offered.Packs.Count + offered.FreeAmounts.Count > 0;

    public Task<PortalAnswer> Show(PortalVisit visit, string rest) => List(visit, null, null, StatusCodes.Status200OK);

    public async Task<PortalAnswer> Act(PortalVisit visit, IFormCollection form)
    {
        if (form[OrderField].ToString() is not { Length: 32 } order || !order.All(char.IsAsciiHexDigitLower))
        {
            throw new BillingException(ErrorCode.NotFound, "There is no such form.");
        }
        if (form[PackField].ToString() is { Length: > 0 } pack)
        {
            return await Order(visit, new CreateTopUpInput { CustomerId = visit.CustomerId, Pack = pack, ReturnUrl = Back(visit), IdempotencyKey = "portal-" + order });
        }
        var all = visit.Catalog.Document.TopUps?.FreeAmounts ?? [];
        if (!int.TryParse(form[FreeField].ToString(), out int index) || index < 0 || index >= all.Count)
        {
            throw new BillingException(ErrorCode.NotFound, "There is no such form.");
        }
        var free = all[index];
        string typed = form[AmountField].ToString();
        if (Problem(visit, free, typed, out decimal amount) is { } problem)
        {
            return await List(visit, (index, SecretText.Masked(typed), problem), null, StatusCodes.Status422UnprocessableEntity);
        }
        return form[ConfirmField] == "yes"
            ? await Order(visit, new CreateTopUpInput { CustomerId = visit.CustomerId, Amount = amount, Currency = free.Currency, Asset = free.Asset, ReturnUrl = Back(visit), IdempotencyKey = "portal-" + order })
            : await Review(visit, index, free, amount);
    }

    private static async Task<PortalAnswer> Order(PortalVisit visit, CreateTopUpInput input)
    {
        try
        {
            var made = await visit.Ask(new CreateTopUp { Origin = TopUpOrigin.Portal }, input);
            return new PortalAnswer { GoTo = $"credit/{made.Id}" };
        }
        catch (BillingException refused) when (refused.Code == ErrorCode.PaymentNotPossible || refused.Code == ErrorCode.ProcessorUnavailable)
        {
            // Nothing was taken: at most an order stands that nobody pays.
            return await List(visit, null, visit.Language["error.payment"], StatusCodes.Status503ServiceUnavailable);
        }
    }

    // Back from the processor's page to the balance.
    private static string? Back(PortalVisit visit) => visit.Billing.Reads<IServerAddress>().Url is { } server ? server + PortalDoor.Address("") : null;

    private static async Task<PortalAnswer> List(PortalVisit visit, (int Index, string Typed, string Problem)? wrong, string? failure, int status)
    {
        var language = visit.Language;
        var wallet = await visit.Ask(new GetWallet(), new GetWalletInput { CustomerId = visit.CustomerId, Detail = Detail.Concise });
        var body = new Html();
        if (failure is not null || wrong is not null)
        {
            body.Add($"<div class=\"alert\" role=\"alert\"><p>{failure ?? language["error.summary"]}</p></div>\n");
        }
        if (visit.Catalog.Document.TopUps is not { } offered || offered.Packs.Count + offered.FreeAmounts.Count == 0)
        {
            return PortalAnswer.Page(language["credit.title"], body.Add($"<p>{language["credit.none"]}</p>\n"));
        }
        body.Add($"<p>{language["credit.about"]}</p>\n<div class=\"cards\">\n");
        foreach (var pack in offered.Packs)
        {
            body.Add($"{Pack(visit, wallet, pack)}");
        }
        body.Add($"</div>\n");
        foreach (var (i, free) in offered.FreeAmounts.Index())
        {
            body.Add($"{Free(visit, i, free, wrong is { } w && w.Index == i ? w : null)}");
        }
        return new PortalAnswer { Title = language["credit.title"], Body = body, Status = status };
    }

    private static Html Pack(PortalVisit visit, GetWalletOutput wallet, TopUpPack pack)
    {
        var language = visit.Language;
        var asset = visit.Asset(pack.Credit.Asset);
        string credit = language.Exact(asset, pack.Credit.Amount), price = language.Exact(visit.Asset(pack.Currency), pack.Price);
        var card = new Html().Add($"<section class=\"card\" aria-label=\"{pack.Name ?? credit}\">\n<h2><bdi>{pack.Name ?? credit}</bdi></h2>\n<p class=\"figure\"><bdi>{credit}</bdi></p>\n");
        if (pack.Bonus is { } bonus)
        {
            card.Add($"<p class=\"left\">{language.Phrase("credit.bonus", ("bonus", language.Exact(asset, bonus.Amount)))}</p>\n");
        }
        if (pack.ExpiresAfterDays is { } days)
        {
            card.Add($"<p class=\"soft\">{language.Phrase("credit.expires", ("days", language.Number(days)))}</p>\n");
        }
        card.Add($"<p>{After(visit, wallet, asset, pack.Credit.Amount + (pack.Bonus?.Amount ?? 0))}</p>\n{Begin(visit)}<input type=\"hidden\" name=\"{PackField}\" value=\"{pack.Id}\">");
        return card.Add($"<button>{language.Phrase("credit.buy", ("price", price))}</button></form>\n</section>\n");
    }

    private static Html Free(PortalVisit visit, int index, FreeTopUp free, (int Index, string Typed, string Problem)? wrong)
    {
        var language = visit.Language;
        var (currency, id) = (visit.Asset(free.Currency), $"a{index}");
        string title = language.Text("credit.free", ("asset", visit.Asset(free.Asset).Name));
        var form = new Html().Add($"<section class=\"card\">\n<h2>{title}</h2>\n{Begin(visit)}<input type=\"hidden\" name=\"{FreeField}\" value=\"{index}\">\n");
        form.Add($"<div class=\"field\"><label for=\"{id}\">{language["credit.amount"]} <span class=\"soft\">{language.Phrase("limits.unit", ("unit", currency.Id.ToUpperInvariant()))}</span></label>\n");
        form.Add($"<p class=\"hint\" id=\"{id}-hint\">{Between(visit, "credit.between", free)}</p>\n");
        if (wrong is { } w)
        {
            form.Add($"<p class=\"problem\" id=\"{id}-problem\">{w.Problem}</p>\n");
        }
        var state = wrong is null ? new Html().Add($" aria-describedby=\"{id}-hint\"") : new Html().Add($" aria-invalid=\"true\" aria-describedby=\"{id}-problem {id}-hint\"");
        form.Add($"<input id=\"{id}\" name=\"{AmountField}\" type=\"text\" inputmode=\"decimal\" autocomplete=\"off\" required maxlength=\"30\" dir=\"ltr\" value=\"{wrong?.Typed}\"{state}></div>\n");
        return form.Add($"<button>{language["credit.review"]}</button></form>\n</section>\n");
    }

    private static async Task<PortalAnswer> Review(PortalVisit visit, int index, FreeTopUp free, decimal amount)
    {
        var language = visit.Language;
        var wallet = await visit.Ask(new GetWallet(), new GetWalletInput { CustomerId = visit.CustomerId, Detail = Detail.Concise });
        var (currency, asset) = (visit.Asset(free.Currency), visit.Asset(free.Asset));
        decimal credit = new Amount(asset, TopUpPrices.CreditOf(free, amount, asset) ?? 0).ToDecimal();
        var body = new Html().Add($"<section class=\"card receipt\">\n<dl>\n<div><dt>{language["credit.pay"]}</dt><dd><bdi>{language.Exact(currency, amount)}</bdi></dd></div>\n");
        body.Add($"<div><dt>{language["credit.get"]}</dt><dd><bdi>{language.Exact(asset, credit)}</bdi></dd></div>\n</dl>\n<p>{After(visit, wallet, asset, credit)}</p>\n");
        body.Add($"{Begin(visit)}<input type=\"hidden\" name=\"{FreeField}\" value=\"{index}\"><input type=\"hidden\" name=\"{AmountField}\" value=\"{language.Typed(amount, 0)}\"><input type=\"hidden\" name=\"{ConfirmField}\" value=\"yes\">");
        body.Add($"<button>{language["credit.confirm"]}</button></form>\n<p class=\"pager\"><a href=\"{PortalDoor.Address("credit")}\">{language["credit.change"]}</a></p>\n</section>\n");
        return PortalAnswer.Page(language["credit.review.title"], body);
    }

    private static Html Begin(PortalVisit visit) =>
        new Html().Add($"{visit.Form("credit")}<input type=\"hidden\" name=\"{OrderField}\" value=\"{RandomNumberGenerator.GetHexString(32, lowercase: true)}\">");

    private static Html After(PortalVisit visit, GetWalletOutput wallet, Asset asset, decimal credit)
    {
        decimal balance = PortalVisit.Decimal(wallet.Accounts.FirstOrDefault(a => a.Asset == asset.Id)?.Balance ?? "0");
        return visit.Language.Phrase("credit.after", ("amount", visit.Language.Exact(asset, balance + credit)));
    }

    internal static string Between(PortalVisit visit, string key, FreeTopUp free) =>
        visit.Language.Text(key, ("min", visit.Language.Exact(visit.Asset(free.Currency), free.Min)), ("max", visit.Language.Exact(visit.Asset(free.Currency), free.Max)));

    internal static string? Problem(PortalVisit visit, FreeTopUp free, string typed, out decimal amount)
    {
        var (language, currency) = (visit.Language, visit.Asset(free.Currency));
        return !language.TryRead(typed, out amount) ? language.Text("error.amount", ("example", language["number.example"]))
            : amount < free.Min || amount > free.Max ? Between(visit, "error.between", free)
            : decimal.Round(amount, currency.MinorDigits) != amount ? language.Text("error.amount.digits", ("asset", currency.Name), ("digits", language.Number(currency.MinorDigits)))
            : null;
    }
}
