using System.Text;
using McpBilling.Costs.Reconciliation;
using McpBilling.Costs.Reconciliation.Reports;
using McpBilling.Operations;

namespace McpBilling.Server.Jobs;

/// <summary>
/// Every night, and once at the start, holds the ledger against the providers' reports that lie in a folder. A report is known again by its text, so that a file
/// is looked at once, wherever it is moved; files are never changed or removed. What cannot be read is logged with its reason and left for the next
/// night: it may be half written. It never posts adjustments: those want somebody who has seen the drift.
/// </summary>
internal static class ReconcileFolder
{
    /// <summary>UTC. The providers' figures of the day before have settled by then.</summary>
    private static readonly TimeSpan AtNight = new(3, 30, 0);

    private const long MostBytes = 32_000_000;
    private const int KeptRows = 1_000;
    private static readonly string[] Extensions = [".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt"];
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <param name="caller">Of the workspace whose costs the reports are about; with <c>usage:read</c> and <c>usage:write</c>.</param>
    public static Round Round(string folder, IBilling billing, Caller caller, TimeProvider time, ILogger log) => new(
        $"reconcile {caller.Mode.ToString().ToLowerInvariant()}", UntilNight(time.GetUtcNow()), stop => Look(folder, billing, caller, log, stop))
    {
        First = TimeSpan.Zero,
        Until = UntilNight,
    };

    /// <summary>Looks at the folder now.</summary>
    /// <returns>How many documents were reconciled.</returns>
    public static async Task<int> RunOnce(string folder, IBilling billing, Caller caller, ILogger log, CancellationToken cancellation)
    {
        var documents = Documents(folder, log, cancellation);
        var known = await billing.Reads<IReconciliationReads>().Known(caller, [.. documents.Keys], cancellation);
        ReportDocumentInput[] fresh = [.. documents.Where(d => !known.Contains(d.Key)).Select(d => d.Value)];
        if (fresh.Length == 0)
        {
            return 0;
        }
        // Costs and usage of a day explain each other; files that contradict each other are looked at one by one.
        if (fresh.Length <= ReconcileCostsInput.MostDocuments && await Reconcile(fresh, billing, caller, fresh.Length == 1 ? log : null, cancellation) is { } all)
        {
            Tell(all, log);
            return fresh.Length;
        }
        int done = 0;
        foreach (var document in fresh.Length == 1 ? [] : fresh)
        {
            if (await Reconcile([document], billing, caller, log, cancellation) is { } one)
            {
                Tell(one, log);
                done++;
            }
        }
        return done;
    }

    private static async Task Look(string folder, IBilling billing, Caller caller, ILogger log, CancellationToken stop)
    {
        try
        {
            await RunOnce(folder, billing, caller, log, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BillingException(ErrorCode.TryAgain, $"The folder {folder} cannot be read: {e.Message}");
        }
    }

    internal static TimeSpan UntilNight(DateTimeOffset now)
    {
        var night = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero) + AtNight;
        return (night > now ? night : night.AddDays(1)) - now;
    }

    // By the hash of their text: a copy under another name is the same document.
    private static Dictionary<string, ReportDocumentInput> Documents(string folder, ILogger log, CancellationToken cancellation)
    {
        Dictionary<string, ReportDocumentInput> documents = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            string name = Path.GetFileName(path);
            if (name.StartsWith('.') || !Extensions.Contains(Path.GetExtension(name).ToLowerInvariant()))
            {
                continue;
            }
            try
            {
                long bytes = new FileInfo(path).Length;
                if (bytes > MostBytes)
                {
                    log.LogWarning("{File} was left: it has {Bytes} bytes, at most {Most} are read.", name, bytes, MostBytes);
                    continue;
                }
                string text = File.ReadAllText(path, StrictUtf8);
                string hash = ReportReader.Read(new ReportDocument(name, text), "documents").Sha256;
                documents.TryAdd(hash, new ReportDocumentInput { Name = name.Length > 200 ? name[..200] : name, Text = text });
            }
            catch (BillingException e)
            {
                log.LogWarning("A file was left as it is. {Problem}", e.Detail);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
            {
                log.LogWarning("{File} was left, it cannot be read: {Problem}", name, e.Message);
            }
        }
        return documents;
    }

    private static async Task<ReconcileCostsOutput?> Reconcile(ReportDocumentInput[] documents, IBilling billing, Caller caller, ILogger? log, CancellationToken cancellation)
    {
        try
        {
            return await new ReconcileCosts().Run(new ReconcileCostsInput { Documents = documents, Keep = true, Limit = KeptRows }, caller, billing, cancellation);
        }
        catch (BillingException e) when (!e.Code.Retryable)
        {
            log?.LogWarning("A file was left as it is. {Problem}", e.Detail);
            return null;
        }
    }

    private static void Tell(ReconcileCostsOutput answer, ILogger log)
    {
        log.Log(
            answer.Colour == DriftColour.Green ? LogLevel.Information : LogLevel.Warning,
            "Reconciled {Documents}: {Colour} ({Red} red, {Amber} amber, {Green} green). {Causes} Kept as {Id}.",
            string.Join(", ", answer.Reports.Select(r => r.Name)), answer.Colour, answer.Red, answer.Amber, answer.Green,
            string.Join(" ", answer.Findings.Take(20).Select(f => $"{f.Day} {f.Model}: {f.Cause}.")), answer.ReconciliationId);
    }
}
