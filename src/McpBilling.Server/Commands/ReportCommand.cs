using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Insights.Margins;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Reports;
using Command = System.CommandLine.Command;

namespace McpBilling.Server.Commands;

/// <summary><c>report</c>: what each customer costs, as a page that a browser shows and a printer prints, from the data file.</summary>
internal static class ReportCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var html = new Option<string>("--html") { Description = "Where to write the page; an existing file is replaced.", HelpName = "FILE", Required = true };
        var from = new Option<string?>("--from") { Description = "The first UTC day, such as 2026-11-01. Default: the 30 days up to the last one with costs.", HelpName = "DAY" };
        var to = new Option<string?>("--to") { Description = "The day after the last.", HelpName = "DAY" };
        var customers = new Option<int>("--customers") { Description = "Customers in a list, 2 to 200; of more, half are the best and half the worst.", DefaultValueFactory = _ => 40, HelpName = "COUNT" };
        customers.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int count) && count is < 2 or > 200)
            {
                result.AddError("--customers must be 2 to 200.");
            }
        });
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace("--workspace"));
        var command = new Command("report", "Write a page on margins, costs and their distribution, to look at in a browser.") { html, from, to, customers, data, mode };
        command.SetAction(async (line, cancellation) =>
        {
            await using var session = OwnerSession.OnExisting(parts, line.GetValue(data), line.GetValue(mode), terminal);
            var input = new JsonObject { ["from"] = line.GetValue(from), ["to"] = line.GetValue(to), ["customers"] = line.GetValue(customers) };
            var output = await session.Run("get_margin_report", input, cancellation);
            var report = output.Deserialize((JsonTypeInfo<MarginReportOutput>)parts.Json.GetTypeInfo(typeof(MarginReportOutput)))!;
            string page = new ReportPage(report, line.GetValue(mode) == Mode.Live ? "live" : "test", Instant.From(parts.Time.GetUtcNow())).Write();
            string path = Path.GetFullPath(line.GetValue(html)!);
            try
            {
                await File.WriteAllTextAsync(path, page, cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandException($"{path} cannot be written: {e.Message}");
            }
            terminal.Out.WriteLine(path);
            return ExitCodes.Done;
        });
        return command;
    }
}
