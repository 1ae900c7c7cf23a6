using McpBilling.Costs.Reconciliation;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Jobs;
using McpBilling.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.Jobs;

/// <summary>The nightly reconciliation of a drop folder.</summary>
public sealed class ReconcileFolderTests : IAsyncLifetime, ILogger
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-test-");
    private readonly List<string> log = [];
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));
    private Engine engine = null!;
    private ApiKeys keys = null!;

    private string Drop => Directory.CreateDirectory(Path.Combine(folder.FullName, "reports")).FullName;

    public ValueTask InitializeAsync()
    {
        var parts = Parts.OfProgram() with { Time = time };
        var file = DataFile.Locate(Path.Combine(folder.FullName, "billing.db"), _ => null);
        Migrator.Prepare(file, time);
        keys = new ApiKeys(file, time);
        engine = parts.OpenEngine(file, time, NullLoggerFactory.Instance);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        keys.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_report_is_looked_at_once_however_it_is_called()
    {
        Put("costs.csv", Invoice("0.25"));
        Assert.Equal(1, await RunOnce());
        Assert.Contains(log, l => l.StartsWith("Reconciled costs.csv: Red", StringComparison.Ordinal) && l.Contains("ModelNotRecorded", StringComparison.Ordinal));
        Assert.Equal(0, await RunOnce());
        File.Move(Path.Combine(Drop, "costs.csv"), Path.Combine(Drop, "done.csv"));
        Assert.Equal(0, await RunOnce());
        var kept = Assert.Single(await Kept());
        Assert.Equal((DriftColour.Red, "costs.csv", 0m), (kept.Colour, kept.Documents[0], kept.Adjusted));
    }

    [Fact]
    public async Task A_bad_file_is_reported_left_and_looked_at_again()
    {
        Put("bad.json", "{\"data\":[");
        Put("good.csv", Invoice("0.25"));
        Assert.Equal(1, await RunOnce());
        Assert.Contains(log, l => l.StartsWith("A file was left as it is. bad.json, line 1", StringComparison.Ordinal));
        Assert.Equal("{\"data\":[", await File.ReadAllTextAsync(Path.Combine(Drop, "bad.json")));
        Put("bad.json", Invoice("0.5", day: 1795564800));
        Assert.Equal(1, await RunOnce());
        Assert.Equal(2, (await Kept()).Count);
    }

    [Fact]
    public async Task Files_that_contradict_each_other_are_looked_at_one_by_one()
    {
        Put("a.csv", Invoice("0.25"));
        Put("b.csv", Invoice("0.5"));
        Assert.Equal(2, await RunOnce());
        Assert.Equal(2, (await Kept()).Count);
    }

    [Fact]
    public async Task Files_of_one_night_are_held_together()
    {
        Put("costs.csv", Invoice("0.25"));
        Put("usage.csv", "start_time,end_time,num_model_requests,model,input_tokens,output_tokens\n1795478400,1795564800,1,gpt-5,10,5\n");
        Put("notes.md", "not a report");
        Put(".half.csv", "not ready");
        Assert.Equal(2, await RunOnce());
        Assert.Equal(["costs.csv", "usage.csv"], Assert.Single(await Kept()).Documents);
        Assert.DoesNotContain(log, l => l.Contains("left", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_job_looks_at_its_start_and_every_night()
    {
        await using var job = engine.Rounds!.Start(ReconcileFolder.Round(Drop, engine.Billing, keys.OwnerCaller(Mode.Test), time, this));
        Put("costs.csv", Invoice("0.25"));
        while ((await Kept()).Count == 0)
        {
            time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }
        Assert.Single(await Kept());
    }

    [Theory]
    [InlineData("2026-11-26T03:29:00Z", "00:01:00")]
    [InlineData("2026-11-26T03:30:00Z", "1.00:00:00")]
    [InlineData("2026-11-26T08:00:00Z", "19:30:00")]
    public void Nights_begin_at_half_past_three_UTC(string now, string until) =>
        Assert.Equal(until, ReconcileFolder.UntilNight(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)).ToString());

    private void Put(string name, string text) => File.WriteAllText(Path.Combine(Drop, name), text);

    private static string Invoice(string amount, long day = 1795478400) => $"start_time,end_time,amount_value,amount_currency,line_item\n{day},{day + 86400},{amount},usd,\"gpt-5, input\"\n";

    private Task<int> RunOnce() => ReconcileFolder.RunOnce(Drop, engine.Billing, keys.OwnerCaller(Mode.Test), this, CancellationToken.None);

    private async Task<IReadOnlyList<ReconciliationLine>> Kept() =>
        (await engine.Billing.Reads<IReconciliationReads>().Reconciliations(keys.OwnerCaller(Mode.Test), null, 100, CancellationToken.None)).Lines;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (log)
        {
            log.Add(formatter(state, exception));
        }
    }
}
