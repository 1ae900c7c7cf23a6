using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>import-prices FILE</c>: the operation import_price_book with a file. Says what would change; only <c>--apply</c> adds the rows.</summary>
internal static class ImportPricesCommand
{
    private const long MaxBytes = 64 * 1024 * 1024;

    public static Command Make(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var file = new Argument<string>("file") { Description = "The price list: genai-prices' data.json, LiteLLM's model_prices_and_context_window.json, or rows of a price book." };
        var apply = new Option<bool>("--apply") { Description = "Add what is new or different as your own rows." };
        var format = new Option<string?>("--format") { Description = "genai-prices, litellm or pricebook; default: what the file looks like.", HelpName = "FORMAT" };
        var provider = new Option<string[]>("--provider") { Description = "Only this provider's prices; may be repeated.", HelpName = "NAME" };
        var from = new Option<string?>("--effective-from") { Description = "From when on changed prices count; default now.", HelpName = "TIME" };
        var source = new Option<string?>("--source") { Description = "What the rows name as their source; default the file's name.", HelpName = "TEXT" };
        var command = new Command("import-prices", "Compare a public price list with the price book, and take what is new.") { file, apply, format, provider, from, source, mode, data };
        command.SetAction(async (line, cancellation) =>
        {
            string path = line.GetValue(file)!;
            var input = new JsonObject
            {
                ["document"] = Read(path),
                ["source"] = line.GetValue(source) ?? Path.GetFileName(path),
                ["dry_run"] = !line.GetValue(apply),
            };
            if (line.GetValue(format) is { } named)
            {
                input["format"] = named;
            }
            if (line.GetValue(provider) is { Length: > 0 } providers)
            {
                input["providers"] = new JsonArray([.. providers.Select(p => (JsonNode)p)]);
            }
            if (line.GetValue(from) is { } time)
            {
                input["effective_from"] = Money.Instant.TryParse(time, out _) ? time : throw new CommandException($"--effective-from is {time}, not a time such as 2026-11-24T00:00:00Z.");
            }
            await using var session = OwnerSession.OnAny(parts, line.GetValue(data), line.GetValue(mode), terminal);
            Print(await session.Run("import_price_book", input, cancellation), terminal);
            return ExitCodes.Done;
        });
        return command;
    }

    private static JsonNode Read(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (info.Exists && info.Length > MaxBytes)
            {
                throw new CommandException($"{path} has {info.Length} bytes; at most {MaxBytes} are read.");
            }
            return JsonNode.Parse(File.ReadAllBytes(path), null, BillingJsonOptions.Document) ?? throw new CommandException($"{path} holds only null.");
        }
        catch (JsonException e)
        {
            throw new CommandException($"{path} is not JSON, at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }

    private static void Print(JsonElement output, Terminal terminal)
    {
        foreach (var change in output.GetProperty("changes").EnumerateArray())
        {
            string when = change.TryGetProperty("when", out var conditions) ? $" ({conditions})" : "";
            string details = change.TryGetProperty("details", out var told) ? $": {told}" : "";
            bool refused = change.GetProperty("action").GetString() == "refused";
            (refused ? terminal.Error : terminal.Out).WriteLine($"{change.GetProperty("action")} {change.GetProperty("provider")}/{change.GetProperty("model")}{when}{details}");
        }
        string[] names = ["added", "changed", "unchanged", "skipped", "refused"];
        terminal.Out.WriteLine($"{output.GetProperty("format")}: {string.Join(", ", names.Select(n => $"{output.GetProperty(n)} {n}"))}");
        terminal.Out.WriteLine(output.GetProperty("dry_run").GetBoolean() ? "dry run: nothing was changed; --apply adds the added and changed prices" : "the rows were added; POST /v1/costs/reprice prices what waited for them");
    }
}
