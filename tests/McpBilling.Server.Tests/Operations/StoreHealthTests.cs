using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;
using McpBilling.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.Operations;

/// <summary>Whether a store can be read and written, as it is told to balancers.</summary>
public sealed class StoreHealthTests
{
    private readonly FakeTimeProvider time = new();
    private Func<Task> read = () => Task.CompletedTask, write = () => Task.CompletedTask;
    private (long At, BillingException? Trouble) last;
    private Task warm = Task.CompletedTask;
    private int writes;

    [Fact]
    public async Task A_store_that_takes_both_is_ready() => Assert.Equal(new Readiness(true, true, null), await Health().Look());

    [Fact]
    public async Task Before_the_writer_is_warm_only_reads_are_ready()
    {
        warm = new TaskCompletionSource().Task;
        var ready = await Health().Look();
        Assert.Equal((true, false, "The keys of earlier requests are being read."), (ready.Readable, ready.Writable, ready.Reason));
        Assert.Equal(0, writes);
    }

    [Fact]
    public async Task A_transaction_that_the_store_refused_is_told_with_its_code()
    {
        last = (time.GetTimestamp(), new BillingException(ErrorCode.StorageFull, "The disk that holds the data is full."));
        var ready = await Health().Look();
        Assert.Equal((true, false, "The disk that holds the data is full.", "storage_full"), (ready.Readable, ready.Writable, ready.Reason, ready.Code.Name));
        Assert.Equal(0, writes);
    }

    [Fact]
    public async Task After_trouble_a_write_is_tried_every_second_until_one_succeeds()
    {
        var trouble = new BillingException(ErrorCode.TryAgain, "Another process is writing to the data file.");
        last = (time.GetTimestamp(), trouble);
        var health = Health();
        await health.Look();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await health.Look()).Writable);
        Assert.Equal(1, writes);
        last = (time.GetTimestamp(), null);
        Assert.True((await health.Look()).Writable);
        Assert.Equal(1, writes);
    }

    [Fact]
    public async Task While_transactions_are_taken_none_is_tried()
    {
        var health = Health();
        for (int i = 0; i < 60; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            last = (time.GetTimestamp(), null);
            Assert.True((await health.Look()).Writable);
        }
        Assert.Equal(0, writes);
    }

    [Fact]
    public async Task What_does_not_answer_for_two_seconds_does_not_work()
    {
        var stuck = new TaskCompletionSource();
        write = () => stuck.Task;
        var health = Health();
        Assert.True((await Looked(health)).Writable);
        time.Advance(StoreHealth.TooLong);
        var ready = await Looked(health);
        Assert.Equal((true, false), (ready.Readable, ready.Writable));
        Assert.Matches("^The data cannot be written to: no answer for [0-9]+ seconds.$", ready.Reason!);
        stuck.SetResult();
        await Task.Yield();
        time.Advance(StoreHealth.TooLong);
        Assert.True((await Looked(health)).Writable);
    }

    [Fact]
    public async Task What_cannot_be_read_cannot_be_written()
    {
        read = () => Task.FromException(new IOException("of no interest to a stranger"));
        Assert.Equal(new Readiness(false, false, "The data cannot be read."), await Health().Look());
    }

    [Fact]
    public async Task Beside_a_program_that_holds_the_data_reads_go_on_and_the_balancer_is_told()
    {
        await using var server = new LiveServer { Program = Parts.OfProgram() with { OpenEngine = static (file, time, logs) => Engines.Open(((DataFile)file).WithPatience(TimeSpan.FromMilliseconds(50)), time, logs, []) } };
        await server.InitializeAsync();
        var (reader, stranger) = (server.With(server.Key), server.With(null));
        await reader.Do("/v1/customers", new { id = "anna" });
        await Until(stranger, 200);
        using (var other = server.File.OpenReader())
        {
            using var hold = new SqliteCommand("BEGIN IMMEDIATE", other);
            hold.ExecuteNonQuery();
            Assert.Equal(503, (await reader.Post("/v1/customers", new { id = "ben" })).Status);
            var answer = await Until(stranger, 503);
            Assert.Equal(("try_again", true, false), (answer.Json.GetProperty("code").GetString(), answer.Json.GetProperty("readable").GetBoolean(), answer.Json.GetProperty("writable").GetBoolean()));
            Assert.Equal("Another process is writing to the data.", answer.Json.GetProperty("detail").GetString());
            Assert.Equal("read_only", (await stranger.Get("/readyz/reads")).Json.GetProperty("status").GetString());
            Assert.Equal(200, (await stranger.Get("/livez")).Status);
            Assert.Equal(200, (await reader.Get("/v1/customers/anna/wallet")).Status);
        }
        var ready = await Until(stranger, 200);
        Assert.True(ready.Json.GetProperty("readable").GetBoolean() && ready.Json.GetProperty("writable").GetBoolean());
        Assert.Equal(404, (await reader.Get("/v1/customers/ben/wallet")).Status);
    }

    [Fact]
    public async Task On_a_standby_reads_go_on_and_writes_are_back_with_the_primary()
    {
        string address = PostgresServer.Running.NewDatabase();
        string database = PostgresServer.NameOf(address);
        var (exit, key, error) = await ProgramProcess.Run(address, "keys", "create", "--name", "app");
        Assert.True(exit == 0, error);
        await using var process = await ProgramProcess.Serve(address, "http://127.0.0.1:0", "--metrics-urls", "http://127.0.0.1:0");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var (app, stranger, watcher) = (new BillingClient(http, new Uri(process.Url), key.Trim()), new BillingClient(http, new Uri(process.Url), null), new BillingClient(http, new Uri(process.Ready[process.Ready.LastIndexOf("http://", StringComparison.Ordinal)..]), null));
        await app.Do("/v1/customers", new { id = "anna" });
        await Until(stranger, 200);
        ReadOnly("on");
        var answer = await Until(stranger, 503);
        Assert.Equal(("try_again", true, false), (answer.Json.GetProperty("code").GetString(), answer.Json.GetProperty("readable").GetBoolean(), answer.Json.GetProperty("writable").GetBoolean()));
        Assert.Equal(200, (await stranger.Get("/readyz/reads")).Status);
        Assert.Equal(200, (await app.Get("/v1/customers/anna/wallet")).Status);
        var scrape = Scrape.Read((await watcher.Get("/metrics")).Text);
        Assert.Equal((1, 0), (scrape.Sum("mcp_billing_store_readable"), scrape.Sum("mcp_billing_store_writable")));
        Assert.Equal((0, false), (scrape.Sum("mcp_billing_webhook_deliveries_waiting"), scrape.Has("mcp_billing_store_size_bytes")));
        ReadOnly("off");
        await Until(stranger, 200);
        await app.Do("/v1/customers", new { id = "ben" });

        // As after a failover: connections are gone, and the next ones find a server that takes no writes.
        void ReadOnly(string setting)
        {
            PostgresServer.Running.Sql("postgres", $"ALTER DATABASE {database} SET default_transaction_read_only = {setting}");
            PostgresServer.Running.CutOff(database);
        }
    }

    private static async Task<Reply> Until(BillingClient client, int status)
    {
        for (int i = 0; ; i++)
        {
            var answer = await client.Get("/readyz");
            if (answer.Status == status)
            {
                return answer;
            }
            Assert.True(i < 200, answer.Text);
            await Task.Delay(100);
        }
    }

    // The clock stands still, so that whoever waits for it must be moved on.
    private async Task<Readiness> Looked(StoreHealth health)
    {
        var looking = health.Look().AsTask();
        while (!looking.IsCompleted)
        {
            time.Advance(StoreHealth.Patience);
            await Task.WhenAny(looking, Task.Delay(20));
        }
        return await looking;
    }

    private StoreHealth Health() => new(() => read(), () =>
    {
        writes++;
        return write();
    }, () => last, warm, () => "data", time);
}
