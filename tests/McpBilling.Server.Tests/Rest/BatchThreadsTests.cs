using System.Globalization;
using System.Net;
using McpBilling.Server.Rest;

namespace McpBilling.Server.Tests.Rest;

/// <summary>Requests that carry many run on threads that give way, from their first byte to the answer.</summary>
public sealed class BatchThreadsTests(PaintShop shop) : IClassFixture<PaintShop>
{
    [Fact]
    public async Task A_batch_runs_there()
    {
        var answer = await shop.Post("/v1/stir/batch", """{"pot_id":"red","speed":"slow"}""");
        Assert.Equal((HttpStatusCode.OK, BatchThreads.Name), (answer.Status, answer.Json.GetProperty("key").GetString()));
    }

    [Theory]
    [InlineData("""{"pot_id":"lost","speed":"slow"}""", 404, "customer_not_found")]
    [InlineData("""{"pot_id":"red","speed":"slowly"}""", 400, "invalid_request")]
    [InlineData("""{""", 400, "invalid_request")]
    public async Task What_fails_there_is_told_as_everywhere(string body, int status, string code)
    {
        var answer = await shop.Post("/v1/stir/batch", body);
        Assert.Equal((status, code), ((int)answer.Status, answer.Code));
    }

    [Fact]
    public async Task Whoever_waits_goes_on_there_and_who_asked_does_not()
    {
        var names = new List<string?>();
        await BatchThreads.Run(async () =>
        {
            names.Add(Thread.CurrentThread.Name);
            await Task.Yield();
            names.Add(Thread.CurrentThread.Name);
            await Task.Run(() => names.Add(Thread.CurrentThread.Name == BatchThreads.Name ? "there" : "elsewhere"));
            names.Add(Thread.CurrentThread.Name);
        });
        Assert.Equal([BatchThreads.Name, BatchThreads.Name, "elsewhere", BatchThreads.Name], names);
        Assert.NotEqual(BatchThreads.Name, Thread.CurrentThread.Name);
        await Assert.ThrowsAsync<TimeoutException>(() => BatchThreads.Run(() => throw new TimeoutException()));
    }

    [Fact]
    public async Task On_Linux_they_are_nicer_than_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells a thread's niceness in /proc.");
        int usual = await Task.Factory.StartNew(Niceness, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        int there = 0;
        await BatchThreads.Run(() =>
        {
            there = Niceness();
            return Task.CompletedTask;
        });
        Assert.Equal(Math.Min(usual + BatchThreads.Niceness, 19), there);
    }

    // The 19th field; the second is the name in parentheses, which may hold anything.
    private static int Niceness()
    {
        string stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }
}
