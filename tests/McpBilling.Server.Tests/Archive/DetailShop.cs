using System.Text.Json;
using McpBilling.Archive;
using McpBilling.Operations;
using McpBilling.Storage;
using McpBilling.Storage.Detail;
using McpBilling.Storage.Verifying;
using Microsoft.Extensions.Time.Testing;

namespace McpBilling.Server.Tests.Archive;

/// <summary>A data file with usage, costs and entries of three months in two workspaces, and nothing that runs by itself.</summary>
internal sealed class DetailShop : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-archive-");
    private readonly ApiKeys keys;
    private readonly BillingStore billing;

    private DetailShop()
    {
        DuckLibrary.Require(Environment.GetEnvironmentVariable);
        Data = DataFile.Locate(Path.Combine(folder.FullName, "billing.db"), _ => null);
        Migrator.Prepare(Data, Time);
        keys = new ApiKeys(Data, Time);
        billing = new BillingStore(Data, Time, _ => { });
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 15, 12, 0, 0, TimeSpan.Zero));

    public DataFile Data { get; }

    public string Folder => Path.Combine(folder.FullName, "it's an archive");

    public static async Task<DetailShop> Open()
    {
        var shop = new DetailShop();
        await shop.Do(Mode.Test, "apply_catalog",
            """
            {"document":{"assets":[{"id":"credits","scale":2}],"meters":[{"id":"calls","event_type":"call","aggregation":"sum"}],
             "products":[{"id":"calls","prices":[{"id":"calls","meter":"calls","asset":"credits","model":"per_unit","unit_price":"2"}]}]}}
            """);
        await shop.Do(Mode.Test, "grant_credit", """{"customer_id":"anna","asset":"credits","amount":"100","expires_at":"2026-01-20T00:00:00Z","idempotency_key":"g1"}""");
        await shop.Do(Mode.Test, "grant_credit", """{"customer_id":"anna","asset":"credits","amount":"50.25","idempotency_key":"g2"}""");
        await shop.Do(Mode.Live, "save_customer", """{"id":"only-live"}""");
        await shop.Do(Mode.Live, "grant_credit", """{"customer_id":"only-live","asset":"usd","amount":"7","idempotency_key":"g"}""");
        await shop.Use("jan-1", "1.5", """{"note":"it's \u001b[31mred"}""");
        await shop.Use("jan-2", "2", null);
        await shop.Do(Mode.Test, "record_llm_cost", """{"id":"c1","customer_id":"anna","provider":"openai","api":"openai.chat","model":"gpt-4o","usage":{"prompt_tokens":1000,"completion_tokens":7},"requested_at":"2026-01-15T11:00:00Z"}""");
        shop.Time.SetUtcNow(new DateTimeOffset(2026, 2, 15, 12, 0, 0, TimeSpan.Zero));
        return shop;
    }

    /// <summary>Later in the year: usage in February and March.</summary>
    public async Task GoOn()
    {
        await Use("feb-1", "3", null);
        Time.SetUtcNow(new DateTimeOffset(2026, 3, 5, 12, 0, 0, TimeSpan.Zero));
        await Use("mar-1", "4.25", null);
    }

    public Task Use(string id, string quantity, string? properties) => Do(
        Mode.Test, "record_usage_event", $$"""{"id":"{{id}}","customer_id":"anna","event_type":"call","quantity":"{{quantity}}"{{(properties is null ? "" : $",\"properties\":{properties}")}}}""");

    public DetailReader Read(Mode mode = Mode.Test) => new(Data, keys.OwnerCaller(mode), Time);

    public IReadOnlyList<ArchivedMonth> Archive(string before)
    {
        using var detail = Read();
        return ArchiveWriter.Write(detail, new ArchiveFolder(Folder, detail), Money.Instant.From(DateTimeOffset.Parse(before + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture)));
    }

    public QueryAnswer Query(string sql, bool archived = true, int rows = 1_000, int seconds = 60, Mode mode = Mode.Test)
    {
        using var detail = Read(mode);
        return DetailQuery.Run(detail, archived ? new ArchiveFolder(Folder, detail) : null, sql, new QueryLimits(rows, TimeSpan.FromSeconds(seconds)), CancellationToken.None);
    }

    /// <summary>The answer as lines of CSV without names.</summary>
    public string[] Lines(string sql, bool archived = true, Mode mode = Mode.Test)
    {
        using var text = new StringWriter();
        AnswerText.Csv(Query(sql, archived, mode: mode), text);
        return text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..];
    }

    public async Task MustVerify() => Assert.Empty((await new Verifier(Data).Verify(CancellationToken.None)).Differences);

    public ValueTask DisposeAsync()
    {
        billing.Dispose();
        keys.Dispose();
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task Do(Mode mode, string name, string json)
    {
        var operation = AllOperations.List.Single(o => o.Name == name);
        await operation.Run(JsonSerializer.Deserialize(json, BillingJson.Conventions.GetTypeInfo(operation.InputType))!, keys.OwnerCaller(mode), billing, CancellationToken.None);
    }
}
