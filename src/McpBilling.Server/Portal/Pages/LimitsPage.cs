using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Portal;
using McpBilling.Server.Reports;
using McpBilling.Wallets;

namespace McpBilling.Server.Portal.Pages;

/// <summary>The customer's own spending cap and low-balance alert, a form for each asset.</summary>
internal sealed class LimitsPage : IPortalPage
{
    private const string AssetField = "asset", CapField = "cap", PeriodField = "period", LowField = "low";

    public string Path => "limits";
    public string MenuKey => "nav.limits";

    public Task<PortalAnswer> Show(PortalVisit visit, string rest) => Show(visit, null, visit.Query("saved"));

    public Task<PortalAnswer> Act(PortalVisit visit, IFormCollection form) => Save(visit, Entered.Of(visit, form));

    private async Task<PortalAnswer> Save(PortalVisit visit, Entered entered)
    {
        // Only assets in which this customer has an account: what the form offers.
        var wallet = await visit.Ask(new GetWallet(), new GetWalletInput { CustomerId = visit.CustomerId, Detail = Detail.Concise });
        if (wallet.Accounts.All(a => a.Asset != entered.AssetId))
        {
            throw new BillingException(ErrorCode.NotFound, "There is no such form.");
        }
        if (entered.HasProblems)
        {
            return await Show(visit, entered, null);
        }
        await visit.Ask(new SaveLimits(), new SaveLimitsInput
        {
            CustomerId = visit.CustomerId,
            Asset = entered.AssetId,
            SpendingCap = entered.Cap,
            Period = entered.Period,
            LowBalance = entered.Low,
        });
        return new PortalAnswer { GoTo = $"{Path}?saved={Uri.EscapeDataString(entered.AssetId)}" };
    }

    private static async Task<PortalAnswer> Show(PortalVisit visit, Entered? entered, string? saved)
    {
        var language = visit.Language;
        var wallet = await visit.Ask(new GetWallet(), new GetWalletInput { CustomerId = visit.CustomerId, Detail = Detail.Concise });
        var limits = await visit.Ask(new GetLimits(), new GetLimitsInput { CustomerId = visit.CustomerId });
        var body = new Html();
        if (entered is not null)
        {
            body.Add($"<div class=\"alert\" role=\"alert\"><p>{language["error.summary"]}</p></div>\n");
        }
        else if (saved is not null && wallet.Accounts.Any(a => a.Asset == saved))
        {
            body.Add($"<div class=\"done\" role=\"status\"><p>{language.Phrase("limits.saved", ("asset", BalancePage.NameOf(visit, saved)))}</p></div>\n");
        }
        body.Add($"<p>{language["limits.about"]}</p>\n");
        if (wallet.Accounts.Count == 0)
        {
            body.Add($"<p>{language["limits.none"]}</p>\n");
        }
        foreach (var (i, account) in wallet.Accounts.OrderBy(a => a.Asset, StringComparer.Ordinal).Index())
        {
            body.Add($"{Form(visit, account.Asset, limits.Limits.FirstOrDefault(l => l.Asset == account.Asset), entered?.AssetId == account.Asset ? entered : null, $"f{i}")}");
        }
        return new PortalAnswer { Title = language["limits.title"], Body = body, Status = entered is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
    }

    private static Html Form(PortalVisit visit, string assetId, AssetLimitsView? own, Entered? entered, string id)
    {
        var language = visit.Language;
        var asset = visit.Asset(assetId);
        var period = entered?.Period ?? own?.Period ?? CapPeriod.Month;
        string Typed(string? amount) => amount is null ? "" : language.Typed(PortalVisit.Decimal(amount), asset.MinorDigits);
        var form = new Html().Add($"<section class=\"card\">\n<h2><bdi>{asset.Name}</bdi></h2>\n");
        if (own is { SpendingCap: { } cap, Spent: { } spent, PeriodEndsAt: { } ends })
        {
            form.Add($"<p>{language.Phrase("limits.spent", ("spent", visit.Exact(assetId, spent)), ("cap", visit.Exact(assetId, cap)), ("date", language.Date(visit.DayOf(ends))))}</p>\n");
            form.Add($"<progress max=\"100\" value=\"{PortalVisit.Percent(spent, cap)}\" aria-label=\"{language["limits.cap"]}\"></progress>\n");
        }
        form.Add($"{visit.Form("limits")}<input type=\"hidden\" name=\"{AssetField}\" value=\"{assetId}\">\n");
        form.Add($"{AmountField.Draw(visit, AmountField.UnitOf(asset), $"{id}-cap", CapField, "limits.cap", language["limits.cap.about"], entered?.CapTyped ?? Typed(own?.SpendingCap), entered?.CapProblem)}");
        form.Add($"<div class=\"field\"><label for=\"{id}-period\">{language["limits.period"]}</label><select id=\"{id}-period\" name=\"{PeriodField}\">");
        foreach (var choice in (CapPeriod[])[CapPeriod.Day, CapPeriod.Month])
        {
            string name = choice == CapPeriod.Day ? "day" : "month";
            form.Add($"<option value=\"{name}\"{(choice == period ? new Html().Add($" selected") : new Html())}>{language["limits.period." + name]}</option>");
        }
        form.Add($"</select></div>\n{AmountField.Draw(visit, AmountField.UnitOf(asset), $"{id}-low", LowField, "limits.low", language["limits.low.about"], entered?.LowTyped ?? Typed(own?.LowBalance), entered?.LowProblem)}");
        return form.Add($"<button>{language.Phrase("limits.save", ("asset", asset.Name))}</button>\n</form>\n</section>\n");
    }

    /// <summary>What somebody entered, and what is wrong with it.</summary>
    private sealed record Entered(string AssetId, decimal? Cap, CapPeriod Period, decimal? Low)
    {
        public string CapTyped { get; private init; } = "";
        public string LowTyped { get; private init; } = "";
        public string? CapProblem { get; private init; }
        public string? LowProblem { get; private init; }
        public bool HasProblems => CapProblem is not null || LowProblem is not null;

        public static Entered Of(PortalVisit visit, IFormCollection form)
        {
            string assetId = form[AssetField].ToString();
            var asset = visit.Catalog.FindAsset(assetId) ?? throw new BillingException(ErrorCode.NotFound, "There is no such form.");
            var (cap, capProblem) = Amount(visit.Language, asset, form[CapField].ToString(), zeroProblem: null);
            var (low, lowProblem) = Amount(visit.Language, asset, form[LowField].ToString(), zeroProblem: "error.amount.zero");
            return new Entered(assetId, cap, form[PeriodField] == "day" ? CapPeriod.Day : CapPeriod.Month, low)
            {
                CapTyped = SecretText.Masked(form[CapField].ToString()),
                LowTyped = SecretText.Masked(form[LowField].ToString()),
                CapProblem = capProblem,
                LowProblem = lowProblem,
            };
        }

        private static (decimal? Amount, string? Problem) Amount(Language language, Asset asset, string typed, string? zeroProblem)
        {
            if (string.IsNullOrWhiteSpace(typed))
            {
                return (null, null);
            }
            string? problem = AmountField.Problem(language, asset, asset.Scale, typed, out decimal amount) ?? (amount == 0 && zeroProblem is not null ? language[zeroProblem] : null);
            return problem is null ? (amount, null) : (null, problem);
        }
    }
}
