using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary>
/// <c>apply billing.json</c>: the operation apply_catalog with a file, for pipelines that keep the catalog in a repository. A live catalog is changed only
/// after the difference was printed: at once with <c>--yes</c>, or in a second step with the token of <c>--dry-run</c>, which a reviewer has seen.
/// </summary>
internal static class ApplyCommand
{
    private const long MaxBytes = 1024 * 1024;

    public static Command Make(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var file = new Argument<string>("file") { Description = "The catalog document, billing.json." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would change, and give the token to do it." };
        var yes = new Option<bool>("--yes") { Description = "Change a live catalog without a second step; the difference is printed first." };
        var token = new Option<string?>("--preview-token") { Description = "From --dry-run: make exactly that change.", HelpName = "TOKEN" };
        var command = new Command("apply", "Set the catalog from a document.") { file, dryRun, yes, token, mode, data };
        command.SetAction(async (line, cancellation) =>
        {
            var document = Read(line.GetValue(file)!);
            await using var session = OwnerSession.OnAny(parts, line.GetValue(data), line.GetValue(mode), terminal);

            Task<JsonElement> Apply(JsonObject input) => session.Run("apply_catalog", input, cancellation);

            JsonObject Input(bool dry) => new() { ["document"] = document.DeepClone(), ["dry_run"] = dry };

            try
            {
                bool isLive = session.Caller.Mode == Mode.Live, isDry = line.GetValue(dryRun);
                if (isDry || (!isLive && line.GetValue(token) is null))
                {
                    Print(await Apply(Input(isDry)), isDry, terminal);
                    return ExitCodes.Done;
                }
                var preview = await Apply(Input(dry: true));
                PrintChanges(preview, terminal);
                if (!preview.TryGetProperty("preview_token", out var issued))
                {
                    PrintVersion(preview, dryRun: false, terminal);
                    return ExitCodes.Done;
                }
                if (line.GetValue(token) is null && !line.GetValue(yes))
                {
                    terminal.Out.WriteLine($"preview token: {issued}");
                    throw new CommandException("Nothing was changed. This is the live catalog: repeat the command with --yes, or with --preview-token and the token above, to make exactly this change.");
                }
                var input = Input(dry: false);
                input["expected_version"] = preview.GetProperty("version").GetInt64();
                input["preview_token"] = line.GetValue(token) ?? issued.GetString();
                PrintVersion(await Apply(input), dryRun: false, terminal);
                return ExitCodes.Done;
            }
            catch (BillingException refusal) when (refusal.Problems.Count > 0)
            {
                PrintProblems(refusal.Problems, terminal);
                throw new CommandException(refusal.Code == ErrorCode.PreviewRequired
                    ? "Nothing was changed. Look at the difference again with --dry-run."
                    : $"{line.GetValue(file)} has {refusal.Problems.Count} problem{(refusal.Problems.Count == 1 ? "" : "s")}; nothing was changed.");
            }
        });
        return command;
    }

    private static JsonObject Read(string path)
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

    private static void PrintProblems(IReadOnlyList<Problem> problems, Terminal terminal)
    {
        foreach (var problem in problems)
        {
            terminal.Error.WriteLine($"{(problem.Pointer.Length == 0 ? "/" : problem.Pointer)}: {problem.Message}");
            foreach (var (label, text) in ((string, string?)[])[("found", problem.Found), ("allowed", problem.Allowed), ("fix", problem.Hint)])
            {
                if (text is not null)
                {
                    terminal.Error.WriteLine($"  {label}: {text.ReplaceLineEndings(" ")}");
                }
            }
        }
    }

    private static void Print(JsonElement output, bool dryRun, Terminal terminal)
    {
        PrintChanges(output, terminal);
        if (output.TryGetProperty("preview_token", out var token))
        {
            terminal.Out.WriteLine($"preview token: {token}");
        }
        PrintVersion(output, dryRun, terminal);
    }

    private static void PrintChanges(JsonElement output, Terminal terminal)
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
    }

    private static void PrintVersion(JsonElement output, bool dryRun, Terminal terminal) =>
        terminal.Out.WriteLine(dryRun ? $"dry run: nothing was changed, the catalog is at version {output.GetProperty("version")}" : $"the catalog is at version {output.GetProperty("version")}");

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
