using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Webhooks;
using McpBilling.Storage;
using McpBilling.Wallets;
using McpBilling.Webhooks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.Webhooks;

/// <summary>From the outbox to real receivers, good and bad, on a clock that the tests move.</summary>
public sealed class WebhookDispatcherTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-webhooks-");
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));
    private WebhookReceiver receiver = null!;
    private DataFile file = null!;
    private ApiKeys keys = null!;
    private Engine engine = null!;
    private Dispatching dispatcher = null!;

    public async ValueTask InitializeAsync()
    {
        receiver = await WebhookReceiver.Start();
        file = DataFile.Locate(Path.Combine(folder.FullName, "billing.db"), _ => null);
        Migrator.Prepare(file, time);
        keys = new ApiKeys(file, time);
        engine = Parts.OfProgram().OpenEngine(file, time, NullLoggerFactory.Instance);
        dispatcher = Dispatch();
    }

    public async ValueTask DisposeAsync()
    {
        await dispatcher.DisposeAsync();
        await engine.DisposeAsync();
        keys.Dispose();
        await receiver.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_receiver_that_fails_for_an_hour_gets_everything_and_a_bad_message_holds_up_no_good_one()
    {
        string endpoint = await Open("/");
        var heals = time.GetUtcNow().AddHours(1);
        receiver.Answer = (_, context) =>
        {
            context.Response.StatusCode = time.GetUtcNow() < heals ? 503 : 200;
            return Task.CompletedTask;
        };
        string[] messages = [await Test(endpoint), await Test(endpoint), await Test(endpoint)];
        // What is on its way when the clock leaps is given up as too slow.
        await Pass(TimeSpan.Zero);
        while (time.GetUtcNow() < heals.AddHours(3) && (await Deliveries()).Any(d => d.Status == DeliveryStatus.Waiting))
        {
            await Pass(TimeSpan.FromMinutes(5));
        }
        var deliveries = await Deliveries();
        Assert.Equal(messages.Order(), deliveries.Select(d => d.MessageId).Order());
        Assert.All(deliveries, d => Assert.Equal((DeliveryStatus.Delivered, AttemptOutcome.Delivered, 200), (d.Status, d.History![0].Outcome, d.History[0].HttpStatus)));
        Assert.All(deliveries, d => Assert.All(d.History!.Skip(1), h => Assert.Equal(503, h.HttpStatus)));
        Assert.All(deliveries, d => Assert.InRange(d.Attempts, 4, 8));
        // The same id and body at each attempt.
        Assert.All(receiver.Received.GroupBy(r => r.Id), g => Assert.Single(g.Select(r => r.Body).Distinct()));
    }

    [Fact]
    public async Task A_slow_receiver_holds_up_no_other()
    {
        await using var slow = await WebhookReceiver.Start();
        var released = slow.Hold();
        string first = await Open("/", slow.Url), second = await Open("/");
        await Test(first);
        string[] quick = [await Test(second), await Test(second)];
        await Until(() => receiver.Received.Count == 2 && slow.Received.Count == 1);
        Assert.Equal(quick, receiver.Received.Select(r => r.Id));
        time.Advance(WebhookSender.Patience);
        await Until(async () => (await Deliveries()).Any(d => d.History!.Any(h => h.Outcome == AttemptOutcome.TimedOut)));
        released.SetResult();
        await Until(async () => (await Deliveries()).All(d => d.Status == DeliveryStatus.Delivered));
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_sent_nothing_more()
    {
        string endpoint = await Open("/");
        receiver.AnswerWith(410);
        await Test(endpoint);
        await Test(endpoint);
        await Until(async () => (await Deliveries()).Any(d => d.Status == DeliveryStatus.Failed));
        await Pass(TimeSpan.FromMinutes(10));
        Assert.Single(receiver.Received);
        var kept = Assert.Single(await engine.Billing.Reads<IWebhookReads>().Endpoints(Caller, CancellationToken.None));
        Assert.Equal((false, "gone"), (kept.Enabled, kept.DisabledReason));
        receiver.AnswerWith(200);
        await new UpdateWebhookEndpoint().Run(new UpdateWebhookEndpointInput { EndpointId = endpoint, Enabled = true }, Caller, engine.Billing, CancellationToken.None);
        await Until(() => receiver.Received.Count == 2);
    }

    [Fact]
    public async Task Stopped_in_the_middle_of_an_attempt_the_next_process_sends_it_at_once()
    {
        string endpoint = await Open("/");
        receiver.Hold();
        string message = await Test(endpoint);
        await Until(() => receiver.Received.Count == 1);
        await dispatcher.DisposeAsync();
        Assert.Equal((DeliveryStatus.Waiting, 0L), ((await Deliveries())[0].Status, (await Deliveries())[0].Attempts));
        receiver.AnswerWith(200);
        dispatcher = Dispatch();
        await Until(async () => (await Deliveries())[0].Status == DeliveryStatus.Delivered);
        Assert.All(receiver.Received, r => Assert.Equal(message, r.Id));
    }

    [Fact]
    public async Task Two_processes_on_one_file_deliver_each_message_once()
    {
        string endpoint = await Open("/");
        var other = Parts.OfProgram().OpenEngine(file, time, NullLoggerFactory.Instance);
        await using (Dispatch(other))
        {
            var messages = new List<string>();
            for (int i = 0; i < 30; i++)
            {
                messages.Add(await Test(endpoint));
            }
            await Until(async () => (await Deliveries()).All(d => d.Status == DeliveryStatus.Delivered));
            Assert.Equal(messages, receiver.Received.Select(r => r.Id));
        }
        await other.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_receivers_do_and_whoever_is_stopped_when_every_message_arrives(int seed)
    {
        var dice = new Random(seed);
        await using var second = await WebhookReceiver.Start();
        foreach (var r in (WebhookReceiver[])[receiver, second])
        {
            r.Answer = (_, context) =>
            {
                lock (dice)
                {
                    context.Response.StatusCode = dice.Next(3) == 0 ? 200 : dice.Next(2) == 0 ? 500 : 302;
                }
                return Task.CompletedTask;
            };
        }
        string a = await Open("/"), b = await Open("/", second.Url);
        var sent = new List<(string Endpoint, string Id)>();
        for (int round = 0; round < 8; round++)
        {
            for (int i = 0; i < 3; i++)
            {
                sent.Add((a, await Test(a)));
                sent.Add((b, await Test(b)));
            }
            if (round % 2 == 1)
            {
                await dispatcher.DisposeAsync();
                dispatcher = Dispatch();
            }
            await Pass(TimeSpan.FromMinutes(7));
        }
        receiver.AnswerWith(200);
        second.AnswerWith(200);
        while ((await Deliveries()).Any(d => d.Status == DeliveryStatus.Waiting))
        {
            await Pass(TimeSpan.FromHours(2));
        }
        Assert.Equal(sent.Select(s => s.Id).Order(), receiver.Received.Concat(second.Received).Select(r => r.Id).Distinct().Order());
        Assert.All(await Deliveries(), d => Assert.Equal(DeliveryStatus.Delivered, d.Status));
    }

    [Fact]
    public async Task A_change_of_a_wallet_arrives_as_it_is_documented()
    {
        await Open("/", types: ["balance.exhausted"]);
        await new ApplyCatalog().Run(new ApplyCatalogInput { Document = JsonElement.Parse("""{"alerts":{"low_balance":[{"asset":"usd","below":"5"}]}}""") }, Caller, engine.Billing, CancellationToken.None);
        await new GrantCredit().Run(new GrantCreditInput { CustomerId = "anna", Asset = "usd", Amount = 10, IdempotencyKey = "g" }, Caller, engine.Billing, CancellationToken.None);
        await new AdjustBalance().Run(new AdjustBalanceInput { CustomerId = "anna", Asset = "usd", Amount = -10, Reason = "r", IdempotencyKey = "a" }, Caller, engine.Billing, CancellationToken.None);
        await Until(() => !receiver.Received.IsEmpty);
        var body = JsonElement.Parse(Assert.Single(receiver.Received).Body);
        Assert.Equal(
            """{"account":{"asset":"usd","balance":"0.00","held":"0.00","available":"0.00","debt":"0.00"},"below":"5.00"}""", body.GetProperty("data").GetRawText());
        Assert.Equal(("balance.exhausted", "anna", "test", receiver.Received.First().Id), (Text(body, "type"), Text(body, "customer_id"), Text(body, "mode"), Text(body, "id")));
    }

    private Caller Caller => keys.OwnerCaller(Mode.Test);

    private Dispatching Dispatch() => Dispatch(engine);

    private Dispatching Dispatch(Engine on)
    {
        var made = new WebhookDispatcher(on.Billing, file, new WebhookSender(toLoopback: true, time), time, NullLogger.Instance, () => 0.5);
        return new Dispatching(made, on.Rounds!.Start(made.Round));
    }

    private async Task<string> Open(string path, string? url = null, string[]? types = null) =>
        (await new CreateWebhookEndpoint().Run(
            new CreateWebhookEndpointInput { Url = (url ?? receiver.Url) + path, Types = types, IdempotencyKey = $"{url}{path}" }, Caller, engine.Billing, CancellationToken.None)).Endpoint.Id;

    private async Task<string> Test(string endpoint) =>
        (await new SendTestWebhook().Run(new SendTestWebhookInput { EndpointId = endpoint }, Caller, engine.Billing, CancellationToken.None)).Delivery.MessageId;

    private async Task<IReadOnlyList<WebhookDeliveryView>> Deliveries() =>
        (await engine.Billing.Reads<IWebhookReads>().Deliveries(Caller, new DeliveryFilter(null, null, null, null, WithData: true), null, 1_000, CancellationToken.None)).Deliveries;

    // Lets the clock go on, and waits until what fell due was tried.
    private async Task Pass(TimeSpan span)
    {
        time.Advance(span);
        var due = Instant.From(time.GetUtcNow());
        await Until(async () =>
        {
            var off = (await engine.Billing.Reads<IWebhookReads>().Endpoints(Caller, CancellationToken.None)).Where(e => !e.Enabled).Select(e => e.Id).ToHashSet();
            return (await Deliveries()).All(d => off.Contains(d.EndpointId) || d.NextAttemptAt is not { } next || next > due);
        });
    }

    private Task Until(Func<bool> holds) => Until(() => Task.FromResult(holds()));

    // The dispatcher looks once a second.
    private async Task Until(Func<Task<bool>> holds)
    {
        for (int i = 0; !await holds(); i++)
        {
            Assert.True(i < 3_000, "it does not come about");
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(20);
        }
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

    private sealed record Dispatching(WebhookDispatcher Dispatcher, IAsyncDisposable Round) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Round.DisposeAsync();
            await Dispatcher.DisposeAsync();
        }
    }
}
