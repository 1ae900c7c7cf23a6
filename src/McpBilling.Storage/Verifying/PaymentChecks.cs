using System.Globalization;
using Dapper;
using McpBilling.Ledger;
using McpBilling.Payments;
using McpBilling.Storage.Reading;
using McpBilling.Wallets;

namespace McpBilling.Storage.Verifying;

/// <summary>
/// Money taken is credit granted and not gone again with its refunds and disputes: every paid order has exactly its grants, no other order has any, no grant or
/// payment belongs to two, and what left and came back into each grant is what the order's refunds and disputes say.
/// </summary>
internal sealed class PaymentChecks(PooledReader reader, WorkspaceRecord workspace)
{
    // Units that went out of each grant with money and did not come back into it.
    private readonly Dictionary<long, long> _out = reader.Connection.Query<(long Grant, long Amount)>(
        "SELECT grant_seq, CAST(SUM(amount) AS BIGINT) FROM entry WHERE workspace_id = @ws AND grant_seq IS NOT NULL AND kind IN (@aside, @back) GROUP BY grant_seq",
        new { ws = workspace.Key, aside = (long)EntryKind.SetAside, back = (long)EntryKind.PutBack }).ToDictionary(g => g.Grant, g => -g.Amount);

    public IEnumerable<string> Problems()
    {
        var grants = new Dictionary<long, long>();
        var payments = new HashSet<(string, string)>();
        foreach (var (topUp, customer) in TopUpTable.Read(reader.Connection, workspace, "ORDER BY top_up_seq").ToList())
        {
            foreach (string problem in (IEnumerable<string>)[.. Grants(topUp, customer, grants), .. Parts(topUp)])
            {
                yield return Words($"top-up {topUp.Key} {problem}");
            }
            if (topUp.Payment is { } payment && !payments.Add((topUp.Processor, payment)))
            {
                yield return Words($"top-up {topUp.Key} was paid by a payment that paid another");
            }
        }
        // Credit never leaves or comes back for money but for an order's.
        foreach (long grant in _out.Where(o => o.Value != 0).Select(o => o.Key))
        {
            if (!grants.ContainsKey(grant))
            {
                yield return Words($"credit was set aside in the grant {grant}, which no top-up made");
            }
        }
    }

    private IEnumerable<string> Grants(TopUp topUp, long customer, Dictionary<long, long> owners)
    {
        bool paid = topUp.Status == TopUpStatus.Paid;
        if (paid != topUp.GrantKey.HasValue || paid != topUp.PaidAt.HasValue || (paid && topUp.Bonus > 0) != topUp.BonusGrantKey.HasValue)
        {
            yield return paid ? "is paid and lacks its credit" : "is not paid and has credit";
        }
        foreach (var (key, units, source) in new[] { (topUp.GrantKey, topUp.Credit.Units, GrantSource.Paid), (topUp.BonusGrantKey, topUp.Bonus, GrantSource.Promotional) })
        {
            if (key is not { } grantKey)
            {
                continue;
            }
            if (!owners.TryAdd(grantKey, topUp.Key))
            {
                yield return Words($"made the grant {grantKey}, as did {owners[grantKey]}");
            }
            if (reader.Ledger.Grant(workspace, grantKey) is not { } found || found.CustomerKey != customer || found.Asset.Id != topUp.Credit.Asset.Id
                || found.Grant.Granted != units || found.Grant.Source != source)
            {
                yield return Words($"is not what the grant {grantKey} gave");
            }
            else if (source == GrantSource.Paid && (found.Grant.CostBasis is not { } basis || basis.Currency.Id != topUp.Price.Asset.Id || basis.Amount != topUp.Price.Units))
            {
                yield return Words($"cost something else than the grant {grantKey} says");
            }
        }
    }

    private IEnumerable<string> Parts(TopUp topUp)
    {
        CreditPart[] all = [.. topUp.Refunds.Select(r => r.Part), .. topUp.Disputes.Select(d => d.Part)];
        if (all.Any(p => p.SetAside + p.Debited > p.Share) || all.Sum(p => p.Share) > topUp.Credit.Units || all.Sum(p => p.Bonus) > topUp.Bonus)
        {
            yield return "has given back more than its credit";
        }
        if (topUp.Refunds.Any(r => r.Status == RefundStatus.Failed && !r.Part.IsEmpty) || topUp.Disputes.Any(d => d.Effect == DisputeEffect.None && !d.Part.IsEmpty))
        {
            yield return "keeps credit for money that stayed";
        }
        if (topUp.Status == TopUpStatus.Paid && topUp.Refunds.Where(r => r is { IsOurs: true, Status: not RefundStatus.Failed }).Sum(r => r.Units) > topUp.Taken)
        {
            yield return "was refunded more than was paid";
        }
        foreach (var (grant, aside) in new[] { (topUp.GrantKey, all.Sum(p => p.SetAside)), (topUp.BonusGrantKey, all.Sum(p => p.Bonus)) })
        {
            // What came back after its grant had expired came as a grant of its own, which has no order.
            if (grant is { } key && _out.GetValueOrDefault(key) is var left && left < aside)
            {
                yield return Words($"has {aside} units out of the grant {key}; its entries say {left}");
            }
        }
    }

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
