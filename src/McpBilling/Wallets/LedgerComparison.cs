using McpBilling.Ledger;

namespace McpBilling.Wallets;

/// <summary>Compares a customer's wallet as stored with what replaying its entries gives (law 2); used by <c>verify</c> and by the simulator.</summary>
public static class LedgerComparison
{
    /// <summary>Every difference in words; none when the ledger and the wallet agree.</summary>
    public static IReadOnlyList<string> Differences(Replay replay, IEnumerable<Account> accounts, IEnumerable<Hold> openHolds)
    {
        ArgumentNullException.ThrowIfNull(replay);
        ArgumentNullException.ThrowIfNull(accounts);
        var differences = new List<string>(replay.Problems);
        var replayed = new Dictionary<string, ReplayedAccount>(replay.Accounts, StringComparer.Ordinal);
        foreach (var account in accounts)
        {
            replayed.Remove(account.Asset.Id, out var figures);
            differences.AddRange(Differences(figures ?? new ReplayedAccount(account.Asset.Id), account));
        }
        foreach (var missing in replayed.Values)
        {
            differences.Add($"{missing.AssetId}: there are entries, but no account");
        }
        differences.AddRange(replay.DifferencesFrom(openHolds));
        return differences;
    }

    private static IEnumerable<string> Differences(ReplayedAccount replayed, Account account)
    {
        (string What, long Stored, long Replayed)[] figures =
        [
            ("balance", account.Balance, replayed.Balance),
            ("debt", account.Debt, replayed.Debt),
            ("overdraft held", account.OverdraftHeld, replayed.OverdraftHeld),
            ("sum of lines without a counter-account", 0, replayed.Internal),
        ];
        foreach (var (what, stored, told) in figures)
        {
            if (stored != told)
            {
                yield return $"{account.Asset.Id}: {what} is {stored} as stored, {told} by its entries";
            }
        }
        var left = new Dictionary<long, (long Remaining, long Held)>(replayed.Grants);
        // A scheduled grant has no entry before it begins.
        foreach (var grant in account.Grants.Where(g => g.Status != GrantStatus.Scheduled))
        {
            left.Remove(grant.Key, out var told);
            if (told != (grant.Remaining, grant.Held))
            {
                yield return $"{account.Asset.Id}: grant {grant.Key} has {grant.Remaining} remaining, {grant.Held} held as stored; {told.Remaining} and {told.Held} by its entries";
            }
        }
        foreach (var (key, told) in left)
        {
            yield return $"{account.Asset.Id}: grant {key} has {told.Remaining} remaining, {told.Held} held by its entries; it is not in the account";
        }
    }
}
