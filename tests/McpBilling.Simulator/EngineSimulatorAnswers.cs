using McpBilling.Costs;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Simulator;

/// <summary>The engine's answers in the words of <see cref="NaiveCustomer"/>: amounts in units, quantities as fractions.</summary>
internal static class EngineAnswers
{
    public static string Say(object output) => output switch
    {
        CustomerView c => $"ok frozen {c.Frozen}",
        GrantCreditOutput g => $"ok grant {Say(g.Grant)} {Say([g.Account])}",
        VoidGrantOutput v => $"ok grant {Say(v.Grant)} {Say([v.Account])}",
        AdjustBalanceOutput a => $"ok {Say([a.Account])}",
        AuthorizeUsageOutput { Allowed: true } a =>
            $"ok hold {a.HoldId is not null} until {a.ExpiresAt} [{Say(a.Amounts)}] available [{Say(a.Available)}] {a.HoldPolicy}{Unpriced(a.Warnings)}",
        AuthorizeUsageOutput { Reason: DenialReason.InsufficientBalance } a =>
            $"denied InsufficientBalance [{Units(a.Available[0].Asset, a.Available[0].Amount)}] short {Units(a.Available[0].Asset, a.Shortfall!)}{Unpriced(a.Warnings)}",
        AuthorizeUsageOutput a => $"denied {a.Reason} []",
        CaptureHoldOutput { EventId: null } c => $"ok {Say(c.Hold)} [{c.Charges[0].Asset} {Units(c.Charges[0].Asset, c.Charges[0].Amount)}] {Say(c.Balances)}",
        CaptureHoldOutput c => $"ok {Say(c.Hold)} {Say(c.Charges)} {Say(c.Balances)}{Unpriced(c.Warnings)}",
        VoidHoldOutput v => $"ok {Say(v.Hold)} {Say(v.Balances)}",
        ExtendHoldOutput e => $"ok {Say(e.Hold)}",
        RecordUsageOutput r => $"ok {Say(r.Charges)} {Say(r.Balances)}{Unpriced(r.Warnings)}",
        RecordUsageBatchOutput b => string.Join('\n', b.Results.Select(r =>
            r.Problem is { } no ? "no " + no.Code : $"ok {Say(r.Charges!)} {Say(r.Balances!)}{Unpriced(r.Warnings)}")),
        RecordLlmCostOutput c => "ok cost " + (c.Cost?.Amount ?? "not known"),
        ReverseUsageOutput r => $"ok {Say(r.Charges)} {Say(r.Balances)}",
        GetWalletOutput w => $"frozen {w.Frozen} " + string.Join(" | ", w.Accounts.OrderBy(a => a.Asset, StringComparer.Ordinal)
            .Select(a => (Account: a, Living: a.Grants!.Where(g => Units(g.Asset, g.Remaining) != 0).Concat(a.ScheduledGrants!).ToList()))
            .Where(a => a.Living.Count > 0 || Units(a.Account.Asset, a.Account.Debt) > 0 || Units(a.Account.Asset, a.Account.OverdraftLimit) > 0 || Units(a.Account.Asset, a.Account.Held) > 0)
            .Select(a => $"{Say([a.Account])} limit {Units(a.Account.Asset, a.Account.OverdraftLimit)} {string.Join(", ", a.Living.Select(Say).Order(StringComparer.Ordinal))}")),
        _ => throw new InvalidOperationException(output.GetType().Name),
    };

    private static string Unpriced(IReadOnlyList<string>? warnings) => warnings is { Count: > 0 } ? " unpriced" : "";

    private static long Units(string asset, string amount) => (long)NaiveCatalog.Units(Fraction.Parse(amount), NaiveCatalog.AssetOf(asset));

    private static string Say(IReadOnlyList<AssetAmount> amounts) => string.Join(' ', amounts.Select(a => $"{a.Asset} {Units(a.Asset, a.Amount)}"));

    private static string Say(IReadOnlyList<AccountFigures> figures) => string.Join(' ', figures.Select(f =>
        $"({f.Asset} {Units(f.Asset, f.Balance)} {Units(f.Asset, f.Held)} {Units(f.Asset, f.Available)} {Units(f.Asset, f.Debt)})"));

    private static string Say(IReadOnlyList<ChargeView> charges) =>
        $"[{string.Join("; ", charges.Select(c => $"{c.Price} {Fraction.Parse(c.Quantity!)} {Units(c.Asset, c.Amount)}{(c.Capped == true ? " capped" : "")}"))}]";

    private static string Say(GrantView g) =>
        $"{g.Asset} {g.Source} {g.Status} {Units(g.Asset, g.Remaining)} of {Units(g.Asset, g.Granted)} held {Units(g.Asset, g.Held)} p{g.Priority} {g.EffectiveAt}..{g.ExpiresAt} {string.Join('+', g.Products ?? [])}";

    private static string Say(HoldView h) => $"{h.Status} {h.ExpiresAt} "
        + string.Join(' ', h.Amounts.Select((a, i) => $"{a.Asset} {Units(a.Asset, a.Amount)} {Units(a.Asset, h.Captured[i].Amount)} {Units(a.Asset, h.Remaining[i].Amount)}"));
}
