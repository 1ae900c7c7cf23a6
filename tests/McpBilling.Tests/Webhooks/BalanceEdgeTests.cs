using CsCheck;
using McpBilling.Webhooks;

namespace McpBilling.Tests.Webhooks;

/// <summary>A balance is told of when it crosses an edge, and only then.</summary>
public sealed class BalanceEdgeTests
{
    [Theory]
    [InlineData(10, 5, 5, null)] // at the threshold is not low
    [InlineData(10, 4, 5, "balance.low")]
    [InlineData(4, 3, 5, null)]
    [InlineData(4, 0, 5, "balance.exhausted")]
    [InlineData(10, 0, 5, "balance.exhausted")] // past both edges: the last state alone
    [InlineData(10, -1, 5, "balance.exhausted")]
    [InlineData(0, -1, 5, null)]
    [InlineData(-1, 0, 5, null)]
    [InlineData(-1, 1, 5, "balance.low")]
    [InlineData(4, 5, 5, "balance.recovered")]
    [InlineData(-3, 100, 5, "balance.recovered")]
    [InlineData(1, 0, 0, "balance.exhausted")] // without a threshold above zero
    [InlineData(0, 1, 0, "balance.recovered")]
    [InlineData(null, 3, 5, null)] // a new customer with little credit
    [InlineData(null, 0, 5, null)]
    [InlineData(null, 100, 5, null)]
    [InlineData(null, -1, 5, "balance.exhausted")]
    public void Edges(int? before, int after, int below, string? message) => Assert.Equal(message, WalletMessages.Crossed(before, after, below));

    [Fact]
    public void Along_any_way_no_state_is_told_twice_and_the_last_one_told_is_the_present()
    {
        Gen.Int[-5, 15].Array[1, 30].Sample(balances =>
        {
            string told = "balance.recovered";
            int before = 10;
            foreach (int balance in balances)
            {
                string? message = WalletMessages.Crossed(before, balance, 5);
                Assert.NotEqual(told, message);
                told = message ?? told;
                before = balance;
                Assert.Equal(balance <= 0 ? "balance.exhausted" : balance < 5 ? "balance.low" : "balance.recovered", told);
            }
        });
    }
}
