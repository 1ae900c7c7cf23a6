using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Billing;

/// <summary>
/// Usage that happened while billing could not be reached: one file per report, sent again until billing has it. The file's name comes from the
/// report's own id, so the same report is kept, and charged, once.
/// </summary>
public sealed class Outbox : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    // DECIDE: this folder must outlive a restart of the app. On a host without a disk of its own, mount one and name it here.
    private readonly string folder = Environment.GetEnvironmentVariable("MCP_BILLING_OUTBOX") is { Length: > 0 } named ? named : "billing-outbox";

    private readonly BillingClient client;
    private readonly SemaphoreSlim sending = new(1);
    private readonly Timer timer;

    public Outbox(BillingClient client)
    {
        this.client = client;
        timer = new Timer(_ => _ = Tick(), null, TimeSpan.Zero, Every);
    }

    public void Dispose() => timer.Dispose();

    /// <summary>Keeps a report on disk until billing has it.</summary>
    public void Keep(string customerId, string eventId, UsageCall call)
    {
        Directory.CreateDirectory(folder);
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{customerId}\n{eventId}")));
        string draft = Path.Combine(folder, $"{name}.{Guid.NewGuid():N}.draft");
        using (var file = new FileStream(draft, FileMode.CreateNew))
        {
            JsonSerializer.Serialize(file, call);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, Path.Combine(folder, name + ".json"), overwrite: true);
    }

    /// <summary>Sends what was kept. Runs by itself every few seconds; call it at the end of a short-lived process.</summary>
    public async Task Flush(CancellationToken stop)
    {
        await sending.WaitAsync(stop);
        try
        {
            foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [])
            {
                await SendOne(path, stop);
            }
        }
        catch (BillingUnavailableException)
        {
            // The next round sees.
        }
        finally
        {
            sending.Release();
        }
    }

    private async Task SendOne(string path, CancellationToken stop)
    {
        try
        {
            await client.Send(JsonSerializer.Deserialize<UsageCall>(await File.ReadAllTextAsync(path, stop))!, stop);
            File.Delete(path);
        }
        catch (FileNotFoundException)
        {
            // Another process has just sent it.
        }
        catch (BillingRefusedException refused) when (refused.Code == "idempotency_conflict")
        {
            // An earlier try got through although its answer was lost: the event is charged already.
            File.Delete(path);
        }
        catch (BillingRefusedException refused) when (refused.Status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
        {
            // Nothing that happened is thrown away: mend the cause, then rename the file back.
            await Console.Error.WriteLineAsync($"billing outbox: {path}: {refused.Message}");
            File.Move(path, path + ".refused", overwrite: true);
        }
    }

    private async Task Tick()
    {
        try
        {
            await Flush(CancellationToken.None);
        }
        catch (Exception failure)
        {
            // The timer must outlive a full disk, a wrong key or a broken file.
            await Console.Error.WriteLineAsync($"billing outbox: {failure.Message}");
        }
    }
}
