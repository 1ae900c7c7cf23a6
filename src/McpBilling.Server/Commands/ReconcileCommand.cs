using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Server.Hosting;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>reconcile FILE…</c>: holds the recorded costs against the providers' reports, for people and (with <c>--json</c>) for programs.</summary>
internal static class ReconcileCommand
{
    private const long MostBytes = 32_000_000;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static Command Make(Composition parts, Terminal terminal)
    {
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var files = new Argument<string[]>("files")
        {
            Description = "Reports of OpenAI (organization/costs, organization/usage/*) and Anthropic (cost_report, usage_report/messages), JSON or CSV.",
            Arity = ArgumentArity.OneOrMore,
        };
        var from = Day("--from", "From this UTC day on. Default: the reports' first.");
        var to = Day("--to", "Until this UTC day, which is not included. Default: after the reports' last.");
        var projects = new Option<string[]>("--projects") { Description = "Only these projects or workspaces of the reports.", HelpName = "IDS", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var all = new Option<bool>("--all") { Description = "Also what agrees." };
        var json = new Option<bool>("--json") { Description = "As JSON, for programs." };
        var keep = new Option<bool>("--keep") { Description = "Store the answer." };
        var adjust = new Option<bool>("--adjust") { Description = "After printing the drift, post the differences in dollars as adjustments. Events stay as they are." };
        var command = new Command("reconcile", "Hold recorded costs against the providers' reports.") { files, from, to, projects, all, json, keep, adjust, mode, data };
        command.SetAction(async (line, cancellation) =>
        {
            var input = new JsonObject
            {
                ["documents"] = new JsonArray([.. line.GetValue(files)!.Select(Read)]),
                ["green"] = line.GetValue(all),
                ["limit"] = line.GetValue(all) ? 10_000 : 1_000,
                ["keep"] = line.GetValue(keep),
            };
            foreach (var (name, day) in new[] { ("from", line.GetValue(from)), ("to", line.GetValue(to)) })
            {
                if (day is not null)
                {
                    input[name] = day + "T00:00:00Z";
                }
            }
            if (SharedOptions.List(line.GetValue(projects)) is { Length: > 0 } only)
            {
                input["projects"] = new JsonArray([.. only.Select(p => (JsonNode)p)]);
            }
            await using var session = OwnerSession.OnExisting(parts, line.GetValue(data), line.GetValue(mode), terminal);
            var answer = await session.Run("reconcile_costs", input, cancellation);
            bool forPeople = !line.GetValue(json);
            if (forPeople)
            {
                Print(answer, terminal.Out);
            }
            if (line.GetValue(adjust) && answer.TryGetProperty("shown_as", out var shown))
            {
                input["adjust"] = shown.GetString();
                answer = await session.Run("reconcile_costs", input, cancellation);
                if (forPeople)
                {
                    PrintAdjustments(answer, terminal.Out);
                }
            }
            else if (line.GetValue(adjust) && forPeople)
            {
                terminal.Out.WriteLine("nothing to adjust");
            }
            if (!forPeople)
            {
                terminal.Out.WriteLine(answer.GetRawText());
            }
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<string?> Day(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "YYYY-MM-DD" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !DateOnly.TryParseExact(token.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            {
                result.AddError($"{name} must be a day such as 2026-11-24.");
            }
        });
        return option;
    }

    private static JsonObject Read(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (info.Exists && info.Length > MostBytes)
            {
                throw new CommandException($"{path} has {info.Length} bytes; at most {MostBytes} are read.");
            }
            return new JsonObject { ["name"] = Path.GetFileName(path), ["text"] = File.ReadAllText(path, StrictUtf8) };
        }
        catch (DecoderFallbackException)
        {
            throw new CommandException($"{path} is not UTF-8 text.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }

    private static void Print(JsonElement answer, TextWriter to)
    {
        foreach (var report in answer.GetProperty("reports").EnumerateArray())
        {
            to.WriteLine(Plain($"{Text(report, "name")}: {Text(report, "provider")} {Text(report, "report")}, {Text(report, "first_day")} to {Text(report, "last_day")}, {Text(report, "figures")} figures"));
        }
        to.WriteLine();
        foreach (var total in answer.GetProperty("totals").EnumerateArray())
        {
            string adjusted = Text(total, "adjusted") is "0" ? "" : $" (of that {Text(total, "adjusted")} by earlier adjustments)";
            to.WriteLine($"{Text(total, "provider")}: reported {Text(total, "reported")} usd, recorded {Text(total, "recorded")}{adjusted}, delta {Text(total, "delta")}, {Text(total, "drift_percent")} % {Text(total, "colour")}");
        }
        to.WriteLine($"{Text(answer, "red")} red, {Text(answer, "amber")} amber, {Text(answer, "green")} green");
        foreach (var row in answer.GetProperty("rows").EnumerateArray())
        {
            to.WriteLine(Plain($"{Text(row, "colour"),-5} {Text(row, "day")} {Text(row, "model", "(all models)")} {Text(row, "kind", "(all kinds)")} {(Text(row, "measure") == "amount" ? "usd" : "quantity")}: reported {Text(row, "reported")}, recorded {Text(row, "recorded")}, {Text(row, "drift_percent")} %{Causes(row)}"));
        }
        foreach (var finding in answer.GetProperty("findings").EnumerateArray())
        {
            to.WriteLine();
            to.WriteLine(Plain($"{Text(finding, "cause")}: {Text(finding, "day")} {Text(finding, "provider")} {Text(finding, "model")}"));
            foreach (var evidence in finding.GetProperty("evidence").EnumerateArray())
            {
                to.WriteLine("  " + Plain(evidence.GetString()!));
            }
            to.WriteLine("  fix: " + Text(finding, "fix"));
        }
        foreach (var note in answer.GetProperty("notes").EnumerateArray())
        {
            to.WriteLine(Plain($"note: {note}"));
        }
    }

    private static void PrintAdjustments(JsonElement answer, TextWriter to)
    {
        to.WriteLine();
        foreach (var a in answer.GetProperty("adjustments").EnumerateArray())
        {
            to.WriteLine(Plain($"adjusted {Text(a, "day")} {Text(a, "provider")} {Text(a, "model", "(all models)")} {Text(a, "kind", "(all kinds)")} by {Text(a, "amount")} usd: {Text(a, "reason")}"));
        }
        to.WriteLine($"{Text(answer, "reconciliation_id")}: {Text(answer, "adjustment")} usd{(Text(answer, "replayed") == "True" ? ", posted before" : "")}");
    }

    private static string Causes(JsonElement row)
    {
        string[] causes = [.. row.GetProperty("causes").EnumerateArray().Select(c => c.GetString()!)];
        return causes.Length == 0 ? "" : " ← " + string.Join(", ", causes);
    }

    private static string Text(JsonElement of, string name, string absent = "") => of.TryGetProperty(name, out var value) ? value.ToString() : absent;

    // Models and line items are the provider's text: nothing in it may move the terminal's cursor.
    private static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
