using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>Endpoints and deliveries: claimed by one, settled once, never lost, and begun again when asked.</summary>
public abstract class DeliveryTests(StoreUnderTest store) : ComplianceTests(store)
{
    private static readonly AttemptResult Ok = new(AttemptOutcome.Delivered, 204, TimeSpan.FromMilliseconds(12));
    private static readonly AttemptResult Error = new(AttemptOutcome.HttpError, 500, TimeSpan.FromMilliseconds(34));

    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(20);

    private Instant Now => Instant.From(Store.Time.GetUtcNow());

    [Fact]
    public async Task An_endpoint_is_delivered_to_one_message_at_a_time_the_oldest_first()
    {
        string a = await Open("a"), b = await Open("b");
        string[] messages = [await Test(a), await Test(a), await Test(a)];
        await Test(b);
        var claimed = await Claim();
        Assert.Equal(2, claimed.Count);
        Assert.Empty(await Claim());
        var work = claimed[0];
        foreach (string message in messages)
        {
            Assert.Equal(message, work.MessageId);
            var settled = await Settle(work, Ok, next: true);
            Assert.Equal(message == messages[2], settled.Next is null);
            work = settled.Next ?? work;
        }
        Assert.Equal(["delivered", "delivered", "delivered"], await Statuses(a));
        Assert.Equal(["waiting"], await Statuses(b));
    }

    [Fact]
    public async Task Whoever_is_killed_in_the_middle_loses_its_claim_and_no_message()
    {
        string a = await Open("a");
        await Test(a);
        var first = Assert.Single(await Claim());
        Store.Reopen();
        Assert.Empty(await Claim());
        Store.Time.Advance(TimeSpan.FromSeconds(21));
        var second = Assert.Single(await Claim());
        Assert.Equal(first.MessageId, second.MessageId);
        // The first was only slow: its attempt counts, but the endpoint is the second's.
        Assert.Null((await Settle(first, Error, next: true)).Next);
        Assert.Empty(await Claim());
        Assert.Null((await Settle(second, Ok, next: true)).Next);
        Assert.Equal(["delivered"], await Statuses(a));
        Assert.Equal(2, (await Deliveries(a))[0].GetProperty("attempts").GetInt32());
    }

    [Theory]
    [InlineData(20, false)]
    [InlineData(45, true)]
    [InlineData(3600, true)]
    public async Task A_claim_of_a_clock_that_was_far_ahead_counts_for_nothing(int secondsAhead, bool isFree)
    {
        string a = await Open("a");
        await Test(a);
        var ahead = Now + TimeSpan.FromSeconds(secondsAhead);
        var first = Assert.Single(await Store.Billing.Commit(new ClaimDeliveries(ahead, ahead + Lasts, 10), Desk.Caller, CancellationToken.None));
        Assert.Equal(isFree ? 1 : 0, Due().Count);
        var claimed = await Claim();
        Assert.Equal(isFree ? [first.MessageId] : [], claimed.Select(w => w.MessageId));
        if (isFree)
        {
            // The one whose clock was ahead was alive after all: its attempt counts, and the endpoint is the other's.
            Assert.Null((await Settle(first, Ok, next: true)).Next);
            Assert.Empty(await Claim());
        }
    }

    [Fact]
    public async Task A_message_that_was_never_tried_is_due_whatever_the_clock_of_its_writer_showed()
    {
        string a = await Open("a");
        Store.Time.AdjustTime(Store.Time.GetUtcNow().AddHours(1));
        string first = await Test(a);
        Store.Time.AdjustTime(Store.Time.GetUtcNow().AddHours(-1));
        string second = await Test(a);
        Assert.Single(Due());
        var work = Assert.Single(await Claim());
        Assert.Equal(first, work.MessageId);
        // Tried, it goes by the schedule.
        work = (await Settle(work, Error, next: true)).Next!;
        Assert.Equal(second, work.MessageId);
        await Settle(work, Ok, next: true);
        Assert.Empty(Due());
        Assert.Empty(await Claim());
    }

    [Fact]
    public async Task What_fails_is_tried_again_on_its_schedule_and_holds_nothing_up()
    {
        string a = await Open("a");
        string bad = await Test(a), good = await Test(a);
        var next = (await Settle(Assert.Single(await Claim()), Error, next: true)).Next!;
        Assert.Equal(good, next.MessageId);
        await Settle(next, Ok, next: true);
        Assert.Empty(await Claim());
        Store.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(bad, Assert.Single(await Claim()).MessageId);
    }

    [Fact]
    public async Task A_delivery_that_never_succeeds_fails_after_three_days_with_its_whole_history()
    {
        string a = await Open("a");
        await Test(a);
        var began = Store.Time.GetUtcNow();
        int attempts = 0;
        while ((await Statuses(a))[0] == "waiting")
        {
            if (await Claim() is [var work])
            {
                attempts++;
                await Settle(work, Error, next: false);
            }
            Store.Time.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(RetrySchedule.MostAttempts, attempts);
        Assert.InRange(Store.Time.GetUtcNow() - began, TimeSpan.FromHours(71), TimeSpan.FromHours(73));
        var history = (await Deliveries(a))[0].GetProperty("history").EnumerateArray().ToArray();
        Assert.Equal(attempts, history.Length);
        Assert.All(history, h => Assert.Equal(("http_error", 500, 34), (h.GetProperty("outcome").GetString(), h.GetProperty("http_status").GetInt32(), h.GetProperty("milliseconds").GetInt32())));
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_turned_off_and_what_it_misses_waits_three_days()
    {
        string a = await Open("a");
        await Test(a);
        await Test(a);
        Assert.Null((await Settle(Assert.Single(await Claim()), new(AttemptOutcome.Gone, 410, TimeSpan.Zero), next: true)).Next);
        var endpoint = (await Desk.Do("list_webhook_endpoints", new { })).GetProperty("endpoints")[0];
        Assert.Equal((false, "gone"), (endpoint.GetProperty("enabled").GetBoolean(), endpoint.GetProperty("disabled_reason").GetString()));
        Assert.Empty(await Claim());
        Assert.Equal(["waiting", "failed"], await Statuses(a));
        await Desk.Do("update_webhook_endpoint", new { endpoint_id = a, enabled = true });
        var work = Assert.Single(await Claim());
        await Settle(work, new(AttemptOutcome.Gone, 410, TimeSpan.Zero), next: false);
        await Test(a);
        Store.Time.Advance(TimeSpan.FromDays(3) + TimeSpan.FromMinutes(1));
        await Tidy();
        Assert.Equal(["skipped", "failed", "failed"], await Statuses(a));
    }

    [Fact]
    public async Task A_replay_begins_again_with_the_same_message()
    {
        string a = await Open("a");
        string message = await Test(a);
        await Settle(Assert.Single(await Claim()), Ok, next: false);
        Assert.Empty(await Claim());
        string id = (await Deliveries(a))[0].GetProperty("id").GetString()!;
        var replayed = (await Desk.Do("replay_webhook_delivery", new { delivery_id = id })).GetProperty("delivery");
        Assert.Equal(("waiting", message, 1), (replayed.GetProperty("status").GetString(), replayed.GetProperty("message_id").GetString(), replayed.GetProperty("attempts").GetInt32()));
        Assert.Equal(message, Assert.Single(await Claim()).MessageId);
        Assert.Equal("delivery_not_found", await Desk.Code("replay_webhook_delivery", new { delivery_id = "delivery_0" }));
    }

    [Fact]
    public async Task A_deleted_endpoint_is_sent_nothing_more()
    {
        string a = await Open("a");
        await Test(a);
        await Test(a);
        var work = Assert.Single(await Claim());
        await Desk.Do("delete_webhook_endpoint", new { endpoint_id = a });
        Assert.Null((await Settle(work, Error, next: true)).Next);
        Assert.Empty(await Claim());
        Assert.Equal(["skipped", "skipped"], [.. (await Desk.Do("list_webhook_deliveries", new { })).GetProperty("deliveries").EnumerateArray().Select(d => d.GetProperty("status").GetString()!)]);
        Assert.Empty((await Desk.Do("list_webhook_endpoints", new { })).GetProperty("endpoints").EnumerateArray());
        foreach (string operation in (string[])["update_webhook_endpoint", "delete_webhook_endpoint", "send_test_webhook"])
        {
            Assert.Equal("webhook_endpoint_not_found", await Desk.Code(operation, new { endpoint_id = a }));
        }
        string id = (await Desk.Do("list_webhook_deliveries", new { })).GetProperty("deliveries")[0].GetProperty("id").GetString()!;
        Assert.Equal("webhook_endpoint_not_found", await Desk.Code("replay_webhook_delivery", new { delivery_id = id }));
    }

    [Fact]
    public async Task Deliveries_are_found_by_endpoint_status_type_and_customer_page_by_page()
    {
        string a = await Open("a"), b = await Open("b");
        await Desk.Apply("""{"alerts":{"low_balance":[{"asset":"usd","below":"5"}]}}""");
        foreach (string customer in (string[])["anna", "ben"])
        {
            await Desk.Grant(customer, "10");
            await Desk.Do("adjust_balance", new { customer_id = customer, asset = "usd", amount = "-8", reason = "r", idempotency_key = "a" });
        }
        await Test(b);
        await Settle((await Claim())[0], Ok, next: false);
        async Task<int> Count(object filter) => (await Desk.Do("list_webhook_deliveries", filter)).GetProperty("deliveries").GetArrayLength();
        Assert.Equal(
            (5, 2, 3, 4, 1, 2, 1, 0),
            (await Count(new { }), await Count(new { endpoint_id = a }), await Count(new { endpoint_id = b }), await Count(new { status = "waiting" }), await Count(new { status = "delivered" }),
             await Count(new { customer_id = "anna" }), await Count(new { type = "webhook.test" }), await Count(new { type = "hold.expired" })));
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await Desk.Do("list_webhook_deliveries", new { limit = 2, cursor, detail = "concise" });
            Assert.All(page.GetProperty("deliveries").EnumerateArray(), d => Assert.False(d.TryGetProperty("data", out _)));
            seen.AddRange(page.GetProperty("deliveries").EnumerateArray().Select(d => d.GetProperty("id").GetString()!));
            cursor = page.TryGetProperty("next_cursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
        Assert.Equal((5, 5), (seen.Count, seen.Distinct().Count()));
        Assert.Equal("webhook_endpoint_not_found", await Desk.Code("list_webhook_deliveries", new { endpoint_id = "endpoint_0" }));
    }

    [Fact]
    public async Task A_secret_is_shown_when_it_is_made_and_is_in_no_row()
    {
        var made = await Desk.Do("create_webhook_endpoint", new { url = "https://example.com/", idempotency_key = "k" });
        string secret = made.GetProperty("secret").GetString()!, id = made.GetProperty("endpoint").GetProperty("id").GetString()!;
        Assert.StartsWith("whsec_", secret);
        var again = await Desk.Do("create_webhook_endpoint", new { url = "https://example.com/", idempotency_key = "k" });
        Assert.Equal((true, secret, id), (again.GetProperty("replayed").GetBoolean(), again.GetProperty("secret").GetString(), again.GetProperty("endpoint").GetProperty("id").GetString()));
        Assert.Equal("idempotency_conflict", await Desk.Code("create_webhook_endpoint", new { url = "https://example.org/", idempotency_key = "k" }));
        var rotated = await Desk.Do("rotate_webhook_secret", new { endpoint_id = id, idempotency_key = "r" });
        string second = rotated.GetProperty("secret").GetString()!;
        Assert.Equal((second, true), ((await Desk.Do("rotate_webhook_secret", new { endpoint_id = id, idempotency_key = "r" })).GetProperty("secret").GetString()!, second != secret));
        await Test(id);
        Assert.Equal([second, secret], Assert.Single(await Claim()).Secrets.Select(s => SigningSecret.Text(s)));
        Store.Time.Advance(TimeSpan.FromHours(24));
        Assert.Equal([second], Assert.Single(await Claim()).Secrets.Select(s => SigningSecret.Text(s)));
        var third = await Desk.Do("rotate_webhook_secret", new { endpoint_id = id, overlap_hours = 0, idempotency_key = "leaked" });
        Assert.False(third.GetProperty("endpoint").TryGetProperty("previous_secret_until", out _));
        Store.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([third.GetProperty("secret").GetString()!], Assert.Single(await Claim()).Secrets.Select(s => SigningSecret.Text(s)));
        Assert.DoesNotContain("whsec_", (await Desk.Do("list_webhook_endpoints", new { })).ToString() + await Desk.Do("list_webhook_deliveries", new { }), StringComparison.Ordinal);
        foreach (string shown in (string[])[secret, second])
        {
            byte[] bytes = Convert.FromBase64String(shown["whsec_".Length..]);
            Assert.Equal(0, Store.Number(
                $"SELECT COUNT(*) FROM webhook_endpoint WHERE url || types || COALESCE(description, '') || idempotency_key || COALESCE(rotation_key, '') LIKE '%{shown["whsec_".Length..12]}%' OR input_hash = {BitConverter.ToInt64(bytes)}"));
        }
    }

    [Fact]
    public async Task A_workspace_has_sixteen_endpoints_at_most()
    {
        for (int i = 0; i < WebhookEndpoint.Most; i++)
        {
            await Open($"e{i}");
        }
        Assert.Equal("invalid_request", await Desk.Code("create_webhook_endpoint", new { url = "https://example.com/", idempotency_key = "more" }));
        string first = (await Desk.Do("list_webhook_endpoints", new { })).GetProperty("endpoints")[15].GetProperty("id").GetString()!;
        await Desk.Do("delete_webhook_endpoint", new { endpoint_id = first });
        Assert.NotEqual(first, await Open("more"));
    }

    [Fact]
    public async Task What_is_over_is_forgotten_after_thirty_days_and_ids_never_come_again()
    {
        string a = await Open("a");
        string[] messages = [await Test(a), await Test(a), await Test(a)];
        for (var work = (await Claim()).SingleOrDefault(); work is not null; work = (await Settle(work, Ok, next: true)).Next)
        {
        }
        Store.Time.Advance(TimeSpan.FromDays(31));
        await Tidy();
        Assert.Equal((1, 1, 1), (Store.Number("SELECT COUNT(*) FROM outbox"), Store.Number("SELECT COUNT(*) FROM webhook_delivery"), Store.Number("SELECT COUNT(*) FROM webhook_attempt")));
        Store.Reopen();
        Assert.DoesNotContain(await Test(a), messages);
        Assert.Equal(4, Store.Number("SELECT MAX(seq) FROM outbox"));
    }

    private async Task<string> Open(string name) =>
        (await Desk.Do("create_webhook_endpoint", new { url = $"https://example.com/{name}", idempotency_key = name })).GetProperty("endpoint").GetProperty("id").GetString()!;

    private async Task<string> Test(string endpoint) =>
        (await Desk.Do("send_test_webhook", new { endpoint_id = endpoint })).GetProperty("delivery").GetProperty("message_id").GetString()!;

    private IReadOnlyList<Caller> Due() => Store.WithDueDeliveries(Now, Lasts);

    private async Task<IReadOnlyList<DeliveryWork>> Claim() =>
        await Store.Billing.Commit(new ClaimDeliveries(Now, Now + Lasts, 10), Desk.Caller, CancellationToken.None);

    private async Task<SettledDelivery> Settle(DeliveryWork work, AttemptResult? result, bool next) =>
        await Store.Billing.Commit(new SettleDelivery(work, result, Now, 0.5, next ? Now + Lasts : null), Desk.Caller, CancellationToken.None);

    private async Task Tidy() => await Store.Billing.Commit(new TidyWebhooks(Now, 100), Desk.Caller, CancellationToken.None);

    private async Task<JsonElement[]> Deliveries(string endpoint) =>
        [.. (await Desk.Do("list_webhook_deliveries", new { endpoint_id = endpoint })).GetProperty("deliveries").EnumerateArray()];

    // The newest first.
    private async Task<string[]> Statuses(string endpoint) => [.. (await Deliveries(endpoint)).Select(d => d.GetProperty("status").GetString()!)];
}
