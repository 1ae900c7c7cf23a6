using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Costs;
using McpBilling.Costs.Imports;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary>
/// <c>import-costs FILE --format …</c>: costs that a gateway or the app itself has logged. Shows what would be recorded and is told to do it with <c>--yes</c>. A line that is
/// wrong is named and holds back no other; a second import of the same file adds nothing.
/// </summary>
internal static class ImportCostsCommand
{
    private const int BatchSize = 500;

    /// <summary>Beyond this many the rest is counted.</summary>
    private const int MostLinesShown = 50;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static Command Make(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var file = new Argument<string>("file") { Description = "JSON Lines, JSON or CSV, as the tool exports it." };
        var format = new Option<string>("--format") { Description = string.Join(", ", CostFile.FormatNames) + ".", HelpName = "NAME", Required = true };
        var customerField = new Option<string?>("--customer-field") { Description = "Where a record has your customer's id, such as request_properties.customer. Default: where the format says it.", HelpName = "PATH" };
        var customer = new Option<string>("--customer") { Description = "Whose a record without one is.", HelpName = "ID", DefaultValueFactory = _ => CostEvent.Unattributed };
        var provider = new Option<string?>("--provider") { Description = "Who answered, where a record does not tell.", HelpName = "NAME" };
        var yes = new Option<bool>("--yes") { Description = "Record them. Without it, only what would be recorded is shown." };
        var command = new Command("import-costs", "Record costs from the logs of a gateway or of the app.") { file, format, customerField, customer, provider, yes, mode, data };
        command.SetAction(async (line, cancellation) =>
        {
            var settings = new ImportSettings { CustomerField = line.GetValue(customerField), Customer = line.GetValue(customer)!, Provider = line.GetValue(provider) is { } name ? CostProviders.Canonical(name) : null };
            string path = line.GetValue(file)!;
            var summary = new ImportSummary(Instant.From(parts.Time.GetUtcNow()));
            foreach (var imported in Read(path, line.GetValue(format)!, settings))
            {
                summary.Add(imported);
            }
            summary.Print(terminal, MostLinesShown);
            if (!line.GetValue(yes))
            {
                terminal.Out.WriteLine("Nothing was recorded. Repeat the command with --yes to record these costs.");
                return summary.Wrong == 0 ? ExitCodes.Done : ExitCodes.Failed;
            }
            await using var session = OwnerSession.OnAny(parts, line.GetValue(data), line.GetValue(mode), terminal);
            int failed = 0, recorded = 0, known = 0;
            foreach (var batch in Read(path, line.GetValue(format)!, settings).Where(i => i.Cost is not null).Chunk(BatchSize))
            {
                var costs = new JsonArray([.. batch.Select(i => JsonSerializer.SerializeToNode(i.Cost!, parts.Json.GetTypeInfo(typeof(RecordLlmCostInput))))]);
                var answer = await session.Run("record_llm_costs", new JsonObject { ["costs"] = costs }, cancellation);
                foreach (var (imported, result) in batch.Zip(answer.GetProperty("results").EnumerateArray()))
                {
                    string status = result.GetProperty("status").GetString()!;
                    recorded += status == "recorded" ? 1 : 0;
                    known += status == "replayed" ? 1 : 0;
                    failed += status == "failed" ? 1 : 0;
                    if (status == "failed" && failed <= MostLinesShown)
                    {
                        terminal.Error.WriteLine($"line {imported.Line}: {result.GetProperty("problem").GetProperty("detail").GetString()!.ReplaceLineEndings(" ")}");
                    }
                }
            }
            terminal.Out.WriteLine($"{recorded} recorded, {known} were recorded before, {failed} refused, {summary.Wrong} wrong.");
            return failed == 0 && summary.Wrong == 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static IEnumerable<ImportedCost> Read(string path, string format, ImportSettings settings)
    {
        using var text = Open(path);
        using var records = Guarded(path, () => CostFile.Read(text, format, settings).GetEnumerator());
        while (Guarded(path, records.MoveNext))
        {
            yield return records.Current;
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path, StrictUtf8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException e)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}.");
        }
        catch (DecoderFallbackException)
        {
            throw new CommandException($"{path} is not UTF-8 text.");
        }
        catch (IOException e)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }
}
