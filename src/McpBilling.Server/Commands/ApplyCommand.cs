using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Storage;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>apply billing.json</c>: the operation apply_catalog with a file, for pipelines that keep the catalog in a repository.</summary>
internal static class ApplyCommand
{
    private const string OperationName = "apply_catalog";
    private const long MaxBytes = 1024 * 1024;

    public static Command Make(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var file = new Argument<string>("file") { Description = "The catalog document, billing.json." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would change." };
        var command = new Command("apply", "Set the catalog from a document.") { file, dryRun, mode, data };
        command.SetAction(async (line, cancellation) =>
        {
            var input = new JsonObject { ["document"] = Read(line.GetValue(file)!), ["dry_run"] = line.GetValue(dryRun) };
            var operation = parts.Operations.FirstOrDefault(o => o.Name == OperationName) ?? throw new CommandException("This program was built without a catalog.");
            var store = parts.Prepare(line.GetValue(data), terminal);
            using var logs = StandardErrorLogs.Create(LogLevel.Warning);
            using var keys = new ApiKeys(store, parts.Time);
            await using var engine = parts.OpenEngine(store, parts.Time, logs);
            try
            {
                object typed = input.Deserialize(parts.Json.GetTypeInfo(operation.InputType))!;
                object output = await operation.Run(typed, keys.OwnerCaller(line.GetValue(mode)), engine.Billing, cancellation);
                Print(JsonSerializer.SerializeToElement(output, parts.Json.GetTypeInfo(operation.OutputType)), line.GetValue(dryRun), terminal);
                return ExitCodes.Done;
            }
            catch (BillingException refusal) when (refusal.Problems.Count > 0)
            {
                foreach (var problem in refusal.Problems)
                {
                    terminal.Error.WriteLine($"{(problem.Pointer.Length == 0 ? "/" : problem.Pointer)}: {problem.Message}{(problem.Hint is null ? "" : $" ({problem.Hint})")}");
                }
                throw new CommandException($"{line.GetValue(file)} has {refusal.Problems.Count} problem{(refusal.Problems.Count == 1 ? "" : "s")}; nothing was changed.");
            }
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
            return JsonNode.Parse(File.ReadAllBytes(path), null, BillingJsonOptions.Document) as JsonObject ?? throw new CommandException($"{path} must hold one JSON object.");
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

    private static void Print(JsonElement output, bool dryRun, Terminal terminal)
    {
        foreach (var change in output.GetProperty("changes").EnumerateArray())
        {
            string details = change.TryGetProperty("details", out var all) ? all.ValueKind switch
            {
                JsonValueKind.String => ": " + all.GetString(),
                JsonValueKind.Array when all.GetArrayLength() > 0 => ": " + string.Join("; ", all.EnumerateArray()),
                _ => "",
            } : "";
            terminal.Out.WriteLine($"{change.GetProperty("action")} {change.GetProperty("kind")} {change.GetProperty("id")}{details}");
        }
        if (output.TryGetProperty("effects", out var effects))
        {
            PrintEffects(effects, terminal);
        }
        foreach (var warning in output.GetProperty("warnings").EnumerateArray())
        {
            terminal.Error.WriteLine($"warning: {warning}");
        }
        terminal.Out.WriteLine(dryRun ? $"dry run: nothing was changed, the catalog is at version {output.GetProperty("version")}" : $"the catalog is at version {output.GetProperty("version")}");
    }

    private static void PrintEffects(JsonElement effects, Terminal terminal)
    {
        terminal.Out.WriteLine($"effect on the {effects.GetProperty("customers")} customers with usage in the last 30 days:");
        foreach (var product in effects.GetProperty("products").EnumerateArray())
        {
            terminal.Out.WriteLine($"  {product.GetProperty("product")}: {string.Join("; ", product.GetProperty("changes").EnumerateArray())}");
            PrintAmounts(product.GetProperty("amounts"), "    ", terminal);
        }
        terminal.Out.WriteLine("  in all:");
        PrintAmounts(effects.GetProperty("totals"), "    ", terminal);
        foreach (var customer in effects.GetProperty("most_affected").EnumerateArray())
        {
            terminal.Out.WriteLine($"  {customer.GetProperty("customer_id")}: {customer.GetProperty("before")} → {customer.GetProperty("after")} {customer.GetProperty("asset")}");
        }
        foreach (var note in effects.GetProperty("notes").EnumerateArray())
        {
            terminal.Out.WriteLine($"  ({note})");
        }
    }

    private static void PrintAmounts(JsonElement amounts, string indent, Terminal terminal)
    {
        foreach (var a in amounts.EnumerateArray())
        {
            terminal.Out.WriteLine($"{indent}{a.GetProperty("before")} → {a.GetProperty("after")} {a.GetProperty("asset")}; {a.GetProperty("pay_more")} pay more, {a.GetProperty("pay_less")} less, {a.GetProperty("same")} the same");
        }
    }
}
