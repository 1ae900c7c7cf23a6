using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Payments;

/// <summary>
/// Whatever the order, repetition, loss and delay of webhooks, wherever the program dies, and whether or not an answer came: money taken is credit granted and
/// refunds pending or done; a payment gives credit once, and no credit comes without one.
/// </summary>
public sealed class PaymentLawTests : IDisposable
{
    private readonly SqliteStore _store = new();

    public void Dispose() => _store.Dispose();

    public static TheoryData<int> Seeds =>
        Environment.GetEnvironmentVariable("MCP_BILLING_SEED") is { } seed ? [int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture)] : [.. Enumerable.Range(1, Drill.Rounds(12, 200))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Money_taken_is_credit_granted_and_refunds_pending_or_done(int seed)
    {
        var trade = new RandomPayments(_store, seed);
        await trade.Run(120);
        var caller = _store.Caller(Mode.Test);
        var orders = (await _store.Billing.Reads<IPaymentReads>().TopUps(caller, new TopUpQuestion(null), null, 1_000, CancellationToken.None)).TopUps;
        long credit = 0;
        foreach (var (of, outside) in orders.Zip(await Task.WhenAll(orders.Select(o => Outside(trade, o)))))
        {
            string what = $"seed {seed}, {of.Id}";
            Assert.True((of.TopUp.Status == TopUpStatus.Paid) == (outside?.State == SandboxState.Paid), $"{what} is {of.TopUp.Status}, outside {outside?.State}");
            if (of.TopUp.Status != TopUpStatus.Paid)
            {
                continue;
            }
            Assert.Equal(outside!.Payment, of.TopUp.Payment);
            Assert.Equal(Units(of, outside.Amount + outside.Tax), of.TopUp.Taken);
            // Money that went back outside is what is refunded here, to the last coin; and nothing is pending any more.
            Assert.Equal(Units(of, outside.Refunds.Where(r => !r.Failed).Sum(r => r.Amount)), of.TopUp.Refunds.Where(r => r.Status == RefundStatus.Succeeded).Sum(r => r.Units));
            Assert.DoesNotContain(of.TopUp.Refunds, r => r.Status == RefundStatus.Pending);
            Assert.Equal(
                Units(of, outside.Disputes.Where(d => d.Withdrawn && !d.Reinstated).Sum(d => d.Amount)),
                of.TopUp.Disputes.Where(d => d is { Withdrawn: true, Reinstated: false }).Sum(d => d.Units));
            CreditPart[] parts = [.. of.TopUp.Refunds.Select(r => r.Part), .. of.TopUp.Disputes.Select(d => d.Part)];
            credit += of.TopUp.Credit.Units + of.TopUp.Bonus - parts.Sum(p => p.SetAside + p.Bonus + p.Debited);
        }
        Assert.Equal(credit - trade.Spent * 1_000_000L, await Balance());
        Assert.Empty(await _store.Billing.Reads<IPaymentReads>().Mismatches(caller, 10, CancellationToken.None));
        Assert.Empty(await _store.Differences());
        Drill.Note(
            "webhooks", "random payments: webhooks duplicated, reordered, delayed and lost, the program dying in between (120 steps a round): money taken is credit granted",
            1, orders.Count(o => o.TopUp.Status == TopUpStatus.Paid), 0, 0);
        Assert.True(trade.Tried.GetValueOrDefault("pay") > 3 && trade.Tried.GetValueOrDefault("died") > 0 && trade.Tried.GetValueOrDefault("webhook") > 0, string.Join(' ', trade.Tried));
    }

    private static async Task<SandboxPayment?> Outside(RandomPayments trade, OwnedTopUp of) =>
        of.TopUp.Page is { } page ? await trade.Outside.Sandbox.Desk.Find(page.Reference, CancellationToken.None) : null;

    private static long Units(OwnedTopUp of, decimal money) => Amount.TryFrom(of.TopUp.Price.Asset, money, out var exact) ? exact.Units : throw new InvalidOperationException();

    private async Task<long> Balance()
    {
        var desk = new Desk(() => _store.Billing, _store.Caller(Mode.Test));
        long sum = 0;
        foreach (string customer in (string[])["anna", "bert"])
        {
            if (await desk.Code("get_wallet", new { customer_id = customer }) == "ok" && (await desk.Wallet(customer)).GetProperty("accounts").EnumerateArray().Any())
            {
                sum += (long)(decimal.Parse(await desk.Figure(customer, "balance", "credits"), System.Globalization.CultureInfo.InvariantCulture) * 1_000_000m);
            }
        }
        return sum;
    }
}
