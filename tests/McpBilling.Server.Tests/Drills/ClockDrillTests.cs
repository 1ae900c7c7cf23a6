using System.Globalization;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>
/// The machine's clock jumps an hour ahead and back under two processes that do not agree on it: entries stay in order, what ends by time ends once, and
/// nothing that has ended comes back.
/// </summary>
public sealed class ClockDrillTests
{
    [Fact]
    public async Task A_clock_that_jumps_an_hour_either_way_ends_everything_once_and_in_order()
    {
        await using var shop = await DrillShop.Open();
        string early = shop.File("early.clock"), late = shop.File("late.clock");
        Set(early, 0);
        Set(late, 0);
        var book = new DrillBook();
        var (_, first) = await shop.Serve(FaultLibrary.Clock(early));
        var (_, second) = await shop.Serve(FaultLibrary.Clock(late));
        await DrillShop.Define(first);
        await DrillLoad.Fund(first, book);
        int rounds = Drill.Rounds(2, 20), ahead = 0;
        for (int round = 0; round < rounds; round++)
        {
            string customer = $"timed-{round}";
            var now = DateTime.Parse((await first.Get("/v1/test-clock")).Json.GetProperty("now").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
            // Credit that ends in half an hour, and a hold on lasting credit that ends in a quarter.
            await first.Do("/v1/grants", new { customer_id = customer, asset = "credits", amount = "100", expires_at = now.AddMinutes(30).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), idempotency_key = customer + "-short" });
            await first.Do("/v1/grants", new { customer_id = customer, asset = "credits", amount = "40", idempotency_key = customer + "-long" });
            Assert.True((await second.Do("/v1/usage/authorize", new { customer_id = customer, asset = "credits", amount = "90", ttl_seconds = 900, idempotency_key = customer + "-hold" })).Json.GetProperty("allowed").GetBoolean());
            using var stop = new CancellationTokenSource();
            var load = DrillLoad.Start(16, book, 500 * round, stop.Token, first, second);
            await Task.Delay(200);
            // One process an hour ahead, then the other; then the first one back, where the file's time does not follow.
            Set(late, ahead + 3600);
            await Task.Delay(200);
            Assert.Equal(("40", "0"), await Figures(second, customer, write: true));
            Assert.Equal(("40", "0"), await Figures(first, customer, write: true));
            Set(early, ahead + 3600);
            await Task.Delay(200);
            Set(late, ahead - 3600);
            await Task.Delay(200);
            Assert.Equal(("40", "0"), await Figures(second, customer, write: true));
            await stop.CancelAsync();
            await Task.WhenAll(load);
            ahead += 3600;
            Set(late, ahead);
            await book.SendAll(second, book.Unanswered);
            await DrillLoad.MustBalance(first, book, $"round {round}");
            await DrillLoad.MustBalance(second, book, $"round {round}, at the other");
            var entries = await first.Entries(customer);
            Assert.Equal((1, 1), (entries.Count(e => Kind(e) == "released"), entries.Count(e => Kind(e) == "expired")));
            foreach (string each in DrillLoad.Wallets.Append(customer))
            {
                DateTimeOffset[] times = [.. (await second.Entries(each)).Select(e => e.GetProperty("time").GetDateTimeOffset())];
                Assert.Equal(times.OrderDescending(), times);
            }
        }
        await DrillReport.Close("clock", "clocks of two serve jump 1 h ahead and back (libfaketime) under load: holds and grants end once, entries in order", rounds, shop, book);
    }

    // A read shows what a write would find; a write that changes nothing but time posts it.
    private static async Task<(string Available, string Held)> Figures(BillingClient client, string customer, bool write = false)
    {
        if (write)
        {
            var refused = await client.Post("/v1/usage/authorize", new { customer_id = customer, asset = "credits", amount = "1000", idempotency_key = client.NextKey() + "-refused" });
            Assert.False(refused.Json.GetProperty("allowed").GetBoolean(), refused.Text);
        }
        var account = (await client.Wallet(customer)).Json.GetProperty("accounts").EnumerateArray().Single(a => a.GetProperty("asset").GetString() == "credits");
        return (account.GetProperty("available").GetString()!, account.GetProperty("held").GetString()!);
    }

    private static string? Kind(System.Text.Json.JsonElement entry) => entry.GetProperty("kind").GetString();

    // In one move, since a process may look at any moment.
    private static void Set(string file, int seconds)
    {
        File.WriteAllText(file + ".new", seconds.ToString("+0;-0;+0", CultureInfo.InvariantCulture) + "\n");
        File.Move(file + ".new", file, overwrite: true);
    }
}
