using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>What apps send while something breaks: authorizations on wide and tight wallets, usage, grants, and now and then the same again.</summary>
internal static class DrillLoad
{
    /// <summary>Wallets that never run dry.</summary>
    public static readonly string[] Wide = ["wide-0", "wide-1", "wide-2", "wide-3", "wide-4", "wide-5"];

    /// <summary>Wallets that do, which is where overspending would show.</summary>
    public static readonly string[] Tight = ["tight-0", "tight-1"];

    public static IEnumerable<string> Wallets => Wide.Concat(Tight);

    /// <summary>Gives each wallet what it begins with.</summary>
    public static Task Fund(BillingClient client, DrillBook book) =>
        book.SendAll(client, [.. Wide.Select(w => book.Make("grant", w, 1_000_000)), .. Tight.Select(t => book.Make("grant", t, 400))]);

    /// <summary>One client: a request after the other until it is stopped or, unless it is stubborn, put off.</summary>
    /// <param name="stubborn">Goes on after an answer that did not come or put it off, a moment later.</param>
    public static async Task Run(BillingClient client, DrillBook book, Random dice, string[] wide, string[] tight, CancellationToken stop, bool stubborn = false)
    {
        while (!stop.IsCancellationRequested)
        {
            var sent = dice.Next(20) switch
            {
                < 5 => book.Make("authorize", tight[dice.Next(tight.Length)], 1),
                < 10 => book.Make("authorize", wide[dice.Next(wide.Length)], dice.Next(1, 9)),
                < 18 => book.Make("usage", wide[dice.Next(wide.Length)], dice.Next(1, 9)),
                _ => book.Make("grant", wide[dice.Next(wide.Length)], dice.Next(1, 9)),
            };
            if (!await book.Send(client, sent))
            {
                if (!stubborn)
                {
                    return;
                }
                await Task.Delay(20, CancellationToken.None);
            }
            else if (dice.Next(30) == 0)
            {
                await book.Send(client, sent);
            }
        }
    }

    /// <summary>Many stubborn clients, spread over the servers.</summary>
    public static Task[] Start(int clients, DrillBook book, int seed, CancellationToken stop, params BillingClient[] servers) =>
        [.. Enumerable.Range(0, clients).Select(i => Task.Run(() => Run(servers[i % servers.Length], book, new Random(seed + i), Wide, Tight, stop, stubborn: true), CancellationToken.None))];

    /// <summary>Each wallet has what the answers alone say, no more and no less; and no tight one was overspent.</summary>
    public static async Task MustBalance(BillingClient client, DrillBook book, string when)
    {
        Assert.Empty(book.Wrong);
        foreach (string customer in Wallets)
        {
            Assert.Equal((when, customer, book.Available(customer)), (when, customer, (long)await DrillShop.Figure(client, customer, "available", "credits")));
            Assert.True(book.Available(customer) >= 0, customer);
        }
    }
}
