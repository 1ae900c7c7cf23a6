using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Wallets;

namespace McpBilling.Simulator;

/// <summary>Commands as one line a person can read, for the report of a failure. Times are hours since the start, amounts units of the asset.</summary>
internal static class WalletScript
{
    public static readonly Instant Start = Instant.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public static string Line(int customer, Instant now, WalletCommand command) => $"hour {Hour(now)}  c{customer}  {Words(command)}";

    private static string Hour(Instant time) => time == Instant.Never ? "never" : ((decimal)(time - Start).Ticks / TimeSpan.TicksPerHour).ToString("0.######");

    private static string Words(WalletCommand command) => command switch
    {
        WalletCommand.BringUp => "bring up",
        WalletCommand.AddGrant c =>
            $"grant G{c.GrantKey} {c.Amount} {c.Asset.Id} {c.Source} priority {c.Priority} from {Hour(c.EffectiveAt)} to {Hour(c.ExpiresAt)}"
            + (c.Products.IsEmpty ? "" : $" for {string.Join('+', c.Products)}") + (c.CostBasis is { } cost ? $" cost {cost.Amount}" : ""),
        WalletCommand.VoidGrant c => $"void grant G{c.GrantKey} {(c.Amount is { } amount ? amount : "whole")}",
        WalletCommand.Adjust c => $"adjust G{c.GrantKey} {c.Amount} {c.Asset.Id} {c.OnInsufficient}",
        WalletCommand.SetOverdraft c => $"overdraft {c.Limit} {c.Asset.Id}",
        WalletCommand.Authorize c =>
            $"authorize H{c.HoldKey} {All(c.Debits)} until {Hour(c.ExpiresAt)}" + (c.AllowPartial ? $" partial, at least {c.MinAmount}" : ""),
        WalletCommand.Capture c =>
            $"capture H{c.HoldKey} (stored: {c.StoredStatus?.ToString() ?? "none"}) {All(c.Debits)}{Backs(c.Returns)} {c.OnInsufficient}"
            + (c.Final ? " final" : "") + (c.AllowExpired ? " allow expired" : ""),
        WalletCommand.VoidHold c => $"void hold H{c.HoldKey}",
        WalletCommand.ExtendHold c => $"extend H{c.HoldKey} until {Hour(c.ExpiresAt)}",
        WalletCommand.Use c => $"use {All(c.Debits)}{Backs(c.Returns)} {c.OnInsufficient}",
        _ => command.ToString(),
    };

    private static string All(IEnumerable<Debit> debits) =>
        string.Join(" + ", debits.Select(d => $"{d.Amount} {d.Asset.Id}" + (d.Product is null ? "" : $"/{d.Product}") + (d.Purpose is null ? "" : $"#{d.Purpose}")));

    private static string Backs(IEnumerable<GiveBack> backs) => string.Concat(backs.Select(b =>
        $" give back {b.Amount} {b.Asset.Id} of [{string.Join(", ", b.Uses.Select(u => $"{(u.GrantKey == Share.Overdraft ? "debt" : "G" + u.GrantKey)} {u.Amount} used at {Hour(u.UsedAt)}"))}]"));
}
