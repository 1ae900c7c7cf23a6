using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Server.Hosting;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>proof</c>: what verifications found, from the data file, for people and (with <c>--json</c>) for programs.</summary>
internal static class ProofCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var command = new Command("proof", "Show the stored results of verify_integration.") { MakeList(parts, terminal), MakeShow(parts, terminal) };
        return command;
    }

    private static Command MakeList(Composition parts, Terminal terminal)
    {
        var (data, mode, json) = (SharedOptions.Data(), SharedOptions.Workspace(), Json());
        var command = new Command("list", "The newest proofs.") { data, mode, json };
        command.SetAction(async (line, cancellation) =>
        {
            await using var session = OwnerSession.OnExisting(parts, line.GetValue(data), line.GetValue(mode), terminal);
            var output = await session.Run("list_proofs", new JsonObject { ["limit"] = 100 }, cancellation);
            if (line.GetValue(json))
            {
                terminal.Out.WriteLine(output.GetRawText());
                return ExitCodes.Done;
            }
            foreach (var proof in output.GetProperty("proofs").EnumerateArray())
            {
                terminal.Out.WriteLine($"{Text(proof, "id")}\t{Text(proof, "at")}\t{Text(proof, "verdict")}\t{Text(proof, "subject")}\tby {Text(proof, "who")}");
            }
            if (output.GetProperty("total").GetInt64() == 0)
            {
                terminal.Error.WriteLine("There is no proof yet: verify_integration (POST /v1/integrations/verify) stores one.");
            }
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command MakeShow(Composition parts, Terminal terminal)
    {
        var (data, mode, json) = (SharedOptions.Data(), SharedOptions.Workspace(), Json());
        var id = new Argument<string>("id") { Description = "The proof's id (proof_…), from proof list; or latest." };
        var command = new Command("show", "One proof with its evidence.") { id, data, mode, json };
        command.SetAction(async (line, cancellation) =>
        {
            await using var session = OwnerSession.OnExisting(parts, line.GetValue(data), line.GetValue(mode), terminal);
            string named = line.GetValue(id)!;
            if (named == "latest")
            {
                var newest = await session.Run("list_proofs", new JsonObject { ["limit"] = 1 }, cancellation);
                named = newest.GetProperty("proofs") is var proofs && proofs.GetArrayLength() > 0 ? Text(proofs[0], "id") : throw new CommandException("There is no proof yet.");
            }
            var output = await session.Run("get_proof", new JsonObject { ["proof_id"] = named }, cancellation);
            if (line.GetValue(json))
            {
                terminal.Out.WriteLine(output.GetRawText());
            }
            else
            {
                Print(output, terminal);
            }
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<bool> Json() => new("--json") { Description = "As JSON, for programs." };

    private static void Print(JsonElement proof, Terminal terminal)
    {
        var to = terminal.Out;
        to.WriteLine($"{Text(proof, "id")}: {Text(proof, "kind")} of {Text(proof, "subject")}: {Text(proof, "verdict")}");
        to.WriteLine($"verified {Text(proof, "at")} by {Text(proof, "who")}");
        var document = proof.GetProperty("document");
        to.WriteLine($"judged what arrived from {Text(document, "since")} until {Text(document, "until")}");
        to.WriteLine();
        foreach (var finding in document.GetProperty("findings").EnumerateArray())
        {
            to.WriteLine($"{Mark(Text(finding, "status"))} {Text(finding, "check")}: {Plain(Text(finding, "found"))}");
            if (Text(finding, "status") == "fail")
            {
                to.WriteLine($"      fix: {Plain(Text(finding, "fix"))}");
                if (finding.TryGetProperty("evidence", out var evidence))
                {
                    to.WriteLine($"      evidence: {Plain(evidence.GetRawText())}");
                }
            }
        }
        var amounts = document.GetProperty("amounts");
        to.WriteLine();
        to.WriteLine($"calculated anew, independently: {amounts.GetProperty("events_compared")} events, {amounts.GetProperty("reversals_compared")} reversals");
        foreach (var sum in amounts.GetProperty("sums").EnumerateArray())
        {
            to.WriteLine($"  {Text(sum, "asset")}: expected {Text(sum, "expected")}, charged {Text(sum, "actual")}");
        }
        foreach (var charge in amounts.GetProperty("differences").EnumerateArray())
        {
            to.WriteLine($"  DIFFERS {Line(charge)}");
        }
        foreach (var charge in amounts.GetProperty("charges").EnumerateArray())
        {
            to.WriteLine($"  {Line(charge)}");
        }
    }

    private static string Line(JsonElement c) =>
        Plain($"{Text(c, "customer_id")} {Text(c, "event_id")}{(c.TryGetProperty("reversal", out _) ? " (reversal)" : "")} at {Text(c, "price")}: expected {Text(c, "expected")}, charged {Text(c, "actual")} {Text(c, "asset")}");

    private static string Mark(string status) => status switch { "pass" => "pass ", "fail" => "FAIL ", _ => "not seen yet " };

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.ToString() : "";

    // Ids are the apps' own text: nothing in it may move the terminal's cursor.
    private static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
