using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Cases;

/// <summary>Every example and row of wallets.md over REST, in its own order.</summary>
public sealed class WalletTablesTests
{
    public static TheoryData<string, string> Examples { get; } = new()
    {
        { "A. Burn order", """
            1   | grant G1 5.00 promotional until 10    |
                | grant G2 20.00 paid                   |
                | grant G3 3.00 promotional until 5     | balance 28, available 28
                | use 4.00                              | G3 0, G1 4.00, G2 20.00
            10  | look                                  | G1 0, expired 4.00, balance 20.00
                | use 21.00                             | G2 0, debt 1.00, balance -1.00
                | grant G4 10.00                        | debt 0, G4 9.00, balance 9.00
            """ },
        { "B. A promise", """
            1   | grant G 2.00 until 2                  |
                | hold h 1.50 ttl 86401                 | refused invalid_request
            1.5 | hold h 1.50 ttl 86400                 | allowed, balance 2.00, held 1.50, available 0.50
            2   | look                                  | expired 0.50, balance 1.50, held 1.50, available 0
            2.2 | capture h 1.20                        | h captured, expired 0.80, balance 0, held 0, debt 0
            """ },
        { "D. Overdraft", """
            1   | overdraft 5.00                        |
                | hold h 4.00                           | allowed, available 1.00, balance 0
                | hold i 2.00                           | denied insufficient_balance, shortfall 1.00, available 1.00
                | capture h 4.50                        | debt 4.50, available 0.50, balance -4.50
            """ },
        { "E. Retry", """
            1   | grant G 5.00                          |
                | hold h 1.00 key k                     | allowed, held 1.00
                | hold h 1.00 key k                     | allowed, replayed, held 1.00
                | hold i 2.00 key k                     | refused idempotency_conflict, held 1.00
                | capture h 1.00 key c                  | charge 1.00, balance 4.00
                | capture h 1.00 key c                  | replayed, charge 1.00, balance 4.00
            """ },
        { "F. Partial", """
            1   | grant G 0.70                          |
                | hold i 1.00 partial min 0.80          | denied insufficient_balance, shortfall 0.10, held 0
                | hold h 1.00 partial                   | allowed, amount 0.70, held 0.70, available 0
            """ },

        { "Time comes first: a hold ends, then a grant, at one instant", """
            1   | grant G 2.00 until 2                  |
                | hold h 2.00 ttl 86400                 | allowed
            2   | look                                  | h expired, held 0, expired 2.00, balance 0
            """ },
        { "Time comes first: a grant that begins settles debt", """
            1   | grant G 3.00 from 2                   | balance 0, available 0
                | use 1.00                              | debt 1.00
            2   | look                                  | debt 0, G 2.00, balance 2.00
            """ },
        { "A grant is usable until its end, exclusive", """
            1       | grant G 1.00 until 2              |
            1.9999  | use 0.25                          | G 0.75
            2       | use 0.25                          | G 0, expired 0.75, debt 0.25
            """ },

        { "Burn order: priority before expiry", """
            1   | grant G1 1.00 until 2 priority 60     |
                | grant G2 1.00 priority 40             |
                | use 1.00                              | G2 0, G1 1.00
            """ },
        { "Burn order: restricted before unrestricted, free before paid, then the oldest", """
            1   | grant G1 1.00 paid                    |
                | grant G2 1.00 included                |
                | grant G3 1.00 promotional             |
                | grant G4 1.00 paid products work      |
                | use 1.00                              | G4 0, G1 1.00, G2 1.00, G3 1.00
                | use 1.00                              | G2 0, G3 1.00, G1 1.00
                | use 1.00                              | G3 0, G1 1.00
            """ },
        { "An authorization by plain amount uses unrestricted grants only", """
            1   | grant G1 5.00 products work           |
                | hold h 1.00                           | denied insufficient_balance, shortfall 1.00
                | grant G2 1.00                         |
                | hold h 1.00                           | allowed
                | use 5.00                              | G1 0, debt 0
            """ },
        { "Voiding a grant takes what is not held; what is held vanishes when it is released", """
            1   | grant G 5.00                          |
                | hold h 2.00                           |
                | void-grant G                          | balance 2.00, held 2.00, available 0
                | capture h 0.50                        | balance 0, held 0, debt 0
            """ },
        { "A part of a grant can be voided", """
            1   | grant G 5.00                          |
                | void-grant G 2.00                     | G 3.00, balance 3.00
                | void-grant G 3.01                     | refused grant_insufficient, G 3.00
                | void-grant G                          | G 0, balance 0
                | void-grant G                          | refused grant_insufficient
            """ },

        { "Holds: amount 0 is a check only", """
            1   | hold h 0                              | allowed
                | grant G 1.00                          |
                | hold h 0                              | allowed, held 0
            """ },
        { "capture less", """
            1   | grant G1 1.00 until 5                 |
                | grant G2 1.00                         |
                | hold h 1.50                           |
                | capture h 0.75                        | charge 0.75, h captured, G1 0.25, G2 1.00, held 0
            """ },
        { "capture exactly", """
            1   | grant G 2.00                          |
                | hold h 1.50                           |
                | capture h 1.50                        | balance 0.50, held 0, available 0.50
            """ },
        { "capture more: from what is available, then debt", """
            1   | grant G 2.00                          |
                | hold h 1.50                           |
                | capture h 3.00                        | balance -1.00, debt 1.00, h captured
            """ },
        { "capture more: refused whole, and the hold stays", """
            1   | grant G 2.00                          |
                | hold h 1.50                           |
                | capture h 3.00 reject                 | refused insufficient_balance, h open, balance 2.00, held 1.50
                | capture h 2.00 reject                 | h captured, balance 0
            """ },
        { "void", """
            1   | grant G 2.00                          |
                | hold h 1.50                           |
                | void h                                | h voided, held 0, available 2.00
                | capture h 1.00                        | refused hold_already_voided
                | void h                                | refused hold_already_voided
            """ },
        { "expiry: a later capture is refused unless it is allowed, then it posts as usage", """
            1   | grant G 2.00                          |
                | hold h 1.50 ttl 60                    |
            1.1 | look                                  | h expired, held 0, available 2.00
                | capture h 1.00                        | refused hold_expired, balance 2.00
                | void h                                | refused hold_expired
                | capture h 1.00 expired                | charge 1.00, balance 1.00
                | capture h 1.00 expired                | refused hold_already_captured, balance 1.00
            """ },
        { "a hold may be captured several times", """
            1   | grant G 3.00                          |
                | hold h 2.00                           |
                | capture h 0.50 more                   | h open, held 1.50, balance 2.50
                | capture h 1.00 more                   | h open, held 0.50, balance 1.50
                | capture h 0.25                        | h captured, held 0, balance 1.25
                | capture h 0.25                        | refused hold_already_captured
            """ },
        { "a hold may be prolonged, up to 24 hours in total", """
            1   | grant G 1.00                          |
                | hold h 1.00 ttl 3600                  |
                | extend h 7200                         |
            1.05 | look                                 | h open
            1.5 | look                                  | h expired
                | extend h 60                           | refused hold_expired
                | hold i 1.00 ttl 86400                 |
            1.6 | extend i 86400                        | refused invalid_request, i open
                | extend i 60                           | i open
            """ },
        { "usage may name the hold that it captures", """
            1   | grant G 2.00                          |
                | hold h 1.50                           |
                | use 0.50 on h                         | h captured, held 0, balance 1.50
            """ },

        { "Using credit: never a partial use", """
            1   | grant G 1.00                          |
                | use 1.50 reject                       | refused insufficient_balance, balance 1.00, debt 0
                | use 1.50                              | balance -0.50, debt 0.50
            """ },
        { "Overdraft limits bound authorizations; facts are not bounded", """
            1   | overdraft 1.00                        |
                | hold h 1.01                           | denied insufficient_balance, shortfall 0.01
                | use 5.00                              | debt 5.00, available -4.00
            """ },
        { "Reversal: to the grants it came from, last used first; debt first", """
            1   | grant G1 1.00 until 5                 |
                | grant G2 1.00                         |
                | use 2.50 as e                         | debt 0.50
                | reverse e 0.75                        | debt 0, G2 0.25, G1 0
                | reverse e 1.00                        | G2 1.00, G1 0.25
                | reverse e 1.00                        | refused reversal_too_large, balance 1.25
                | reverse e                             | G1 1.00, G2 1.00
                | reverse e                             | refused reversal_too_large
            """ },
        { "Reversal: an expired grant comes back with the lifetime that it had left", """
            1   | grant G 1.00 until 3                  |
            2   | use 1.00 as e                         | balance 0
            4   | reverse e                             | balance 1.00, G 0
            4.9999 | look                               | balance 1.00
            5   | look                                  | balance 0, expired 1.00
            """ },
        { "Adjustments", """
            1   | adjust 2.00                           | balance 2.00
                | adjust -3.00                          | refused insufficient_balance, balance 2.00
                | adjust -3.00 debt                     | balance -1.00, debt 1.00
            """ },

        { "A frozen customer cannot authorize; usage that happened is recorded", """
            1   | grant G 2.00                          |
                | hold h 1.00                           |
                | freeze                                |
                | hold i 0.10                           | denied customer_frozen, held 1.00
                | extend h 60                           | refused customer_frozen
                | use 0.50                              | balance 1.50
                | capture h 1.00                        | balance 0.50
                | thaw                                  |
                | hold i 0.10                           | allowed
            """ },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Wallets_keep_their_rules(string example, string story)
    {
        await using var server = await LiveServer.Start();
        await server.Client.Apply(RestStory.Catalog());
        await new RestStory(server.Client).Tell(story);
        Assert.True((await server.Verify()).Differences.Count == 0, example);
    }

    [Fact]
    public async Task G_a_reversal_gives_back_what_the_period_no_longer_owes()
    {
        await using var server = await LiveServer.Start();
        await server.Client.Apply(RestStory.Catalog(new
        {
            id = "unit",
            meter = "spending",
            asset = "usd",
            model = "graduated",
            tiers = new[] { new { up_to = (string?)"1", unit_price = "0.10" }, new { up_to = (string?)null, unit_price = "0.05" } },
        }));
        await new RestStory(server.Client).Tell("""
            1   | grant G 1.00       |
                | use 1 as e1        | charge 0.10
                | use 1 as e2        | charge 0.05
                | reverse e1         | charge -0.05, balance 0.90
                | reverse e2         | charge -0.10, balance 1.00
            """);
    }

    [Fact]
    public async Task C_a_race_is_won_by_as_many_as_there_is_credit_for()
    {
        await using var server = await LiveServer.Start();
        var client = server.Client;
        await client.Do("/v1/grants", new { customer_id = "c", asset = "usd", amount = "20.00", idempotency_key = "g" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => client.Do("/v1/usage/authorize", new { customer_id = "c", asset = "usd", amount = "0.04", idempotency_key = $"r{i}" })));
        var allowed = answers.Where(a => a.Json.GetProperty("allowed").GetBoolean()).ToList();
        Assert.Equal(500, allowed.Count);
        await new RestStory(client).Tell("| look | balance 20, held 20, available 0");
        await Task.WhenAll(allowed.Select(a => client.Do($"/v1/holds/{a.Json.GetProperty("hold_id").GetString()}/capture", new { amount = "0.03", idempotency_key = "c" + a.Json.GetProperty("hold_id").GetString() })));
        await new RestStory(client).Tell("| look | balance 5, held 0, available 5");
        Assert.Empty((await server.Verify()).Differences);
    }

    /// <summary>Two things wrong at once: the one that stands first in wallets.md is told.</summary>
    [Theory]
    [InlineData("unknown customer, unknown asset", "/v1/grants", """{"customer_id":"nobody","asset":"nothing","amount":"-1","idempotency_key":"k"}""", "customer_not_found")]
    [InlineData("unknown asset, invalid amount", "/v1/grants", """{"customer_id":"c","asset":"nothing","amount":"-1","idempotency_key":"k"}""", "asset_not_found")]
    [InlineData("invalid amount, used key", "/v1/grants", """{"customer_id":"c","asset":"usd","amount":"-1","idempotency_key":"used"}""", "amount_invalid")]
    [InlineData("unknown asset, used key", "/v1/grants", """{"customer_id":"c","asset":"nothing","amount":"1","idempotency_key":"used"}""", "asset_not_found")]
    [InlineData("used key, nothing else", "/v1/grants", """{"customer_id":"c","asset":"usd","amount":"2","idempotency_key":"used"}""", "idempotency_conflict")]
    [InlineData("too many digits, used key", "/v1/usage/authorize", """{"customer_id":"c","asset":"usd","amount":"0.0000000001","idempotency_key":"held"}""", "amount_invalid")]
    [InlineData("used key, not enough", "/v1/usage/authorize", """{"customer_id":"c","asset":"usd","amount":"1000","idempotency_key":"held"}""", "idempotency_conflict")]
    [InlineData("used key of a capture, not enough", "/v1/holds/{h}/capture", """{"amount":"1000","on_insufficient":"reject","idempotency_key":"captured"}""", "idempotency_conflict")]
    [InlineData("captured, not enough", "/v1/holds/{h}/capture", """{"amount":"1000","on_insufficient":"reject","idempotency_key":"k"}""", "hold_already_captured")]
    [InlineData("unknown customer of a reversal, unknown event", "/v1/usage/none/reverse", """{"customer_id":"nobody","idempotency_key":"k"}""", "customer_not_found")]
    public async Task Of_two_refusals_the_first_is_told(string what, string path, string body, string code)
    {
        await using var server = await LiveServer.Start();
        var client = server.Client;
        await client.Apply(new { customers = new { auto_create = false } });
        await client.Do("/v1/customers", new { id = "c" });
        await client.Do("/v1/grants", new { customer_id = "c", asset = "usd", amount = "1", idempotency_key = "used" });
        var held = await client.Do("/v1/usage/authorize", new { customer_id = "c", asset = "usd", amount = "0.5", idempotency_key = "held" });
        string hold = held.Json.GetProperty("hold_id").GetString()!;
        await client.Do($"/v1/holds/{hold}/capture", new { amount = "0.5", idempotency_key = "captured" });
        string before = server.Fingerprint();
        var reply = await client.Post(path.Replace("{h}", hold, StringComparison.Ordinal), body);
        Assert.True(reply.Code == code, $"{what}: {reply.Text}");
        Assert.Equal(before, server.Fingerprint());
    }

    [Theory]
    [InlineData("""{"customer_id":"f","asset":"nothing","amount":"1","idempotency_key":"k"}""")]
    [InlineData("""{"customer_id":"f","asset":"usd","amount":"-1","idempotency_key":"k"}""")]
    [InlineData("""{"customer_id":"f","asset":"usd","amount":"1","idempotency_key":"k"}""")]
    public async Task That_a_customer_is_frozen_is_said_before_what_else_is_wrong(string body)
    {
        await using var server = await LiveServer.Start();
        await server.Client.Do("/v1/customers", new { id = "f", frozen = true });
        var reply = await server.Client.Do("/v1/usage/authorize", body);
        Assert.Equal("customer_frozen", reply.Json.GetProperty("reason").GetString());
    }
}
