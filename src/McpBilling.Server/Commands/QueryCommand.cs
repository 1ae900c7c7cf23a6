using System.CommandLine;
using McpBilling.Archive;
using McpBilling.Server.Hosting;

namespace McpBilling.Server.Commands;

/// <summary><c>query</c>: one SELECT over usage, costs and entries, of the data file and of an archive.</summary>
internal static class QueryCommand
{
    private static readonly string[] Formats = ["table", "csv", "json"];

    public static Command Make(Composition parts, Terminal terminal)
    {
        var sql = new Argument<string>("sql") { Description = "One SELECT, such as \"SELECT event_type, SUM(quantity) FROM usage GROUP BY ALL\"." };
        var folder = new Option<string?>("--archive") { Description = "A folder that mcp-billing archive wrote: its months are asked too, and not read from the data file.", HelpName = "DIR" };
        var format = new Option<string>("--format") { Description = "table, csv or json.", DefaultValueFactory = _ => Formats[0], HelpName = "FORMAT" };
        format.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && !Formats.Contains(token.Value, StringComparer.Ordinal))
            {
                result.AddError($"--format must be one of {string.Join(", ", Formats)}, not {token.Value}.");
            }
        });
        var rows = Bounded("--rows", "Rows of the answer at most.", QueryLimits.UsualRows, QueryLimits.MostRows);
        var seconds = Bounded("--timeout", "Seconds until the query is broken off.", (int)QueryLimits.UsualTime.TotalSeconds, (int)QueryLimits.MostTime.TotalSeconds);
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var command = new Command("query", "Ask one workspace's usage, costs and entries in SQL (DuckDB's), read-only; the views and their columns: docs/topics/archive.md.") { sql, folder, format, rows, seconds, data, mode };
        command.SetAction((line, cancellation) =>
        {
            DuckLibrary.Require(terminal.Environment);
            using var detail = DetailOf.Open(parts, line.GetValue(data), line.GetValue(mode), terminal);
            var limits = new QueryLimits(line.GetValue(rows), TimeSpan.FromSeconds(line.GetValue(seconds)));
            try
            {
                var archive = line.GetValue(folder) is { } named ? new ArchiveFolder(named, detail) : null;
                var answer = DetailQuery.Run(detail, archive, line.GetValue(sql)!, limits, cancellation);
                Write(answer, line.GetValue(format)!, terminal.Out);
                if (answer.IsCut)
                {
                    terminal.Error.WriteLine($"Only the first {limits.Rows} rows; ask for more with --rows, or for less in the query.");
                }
            }
            catch (ArchiveException e)
            {
                throw new CommandException(e.Message);
            }
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static void Write(QueryAnswer answer, string format, TextWriter to)
    {
        switch (format)
        {
            case "csv":
                AnswerText.Csv(answer, to);
                break;
            case "json":
                AnswerText.Json(answer, to);
                break;
            default:
                AnswerText.Table(answer, to);
                break;
        }
    }

    private static Option<int> Bounded(string name, string description, int usual, int most)
    {
        var option = new Option<int>(name) { Description = $"{description} 1 to {most}.", DefaultValueFactory = _ => usual, HelpName = "COUNT" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int count) && (count < 1 || count > most))
            {
                result.AddError($"{name} must be 1 to {most}.");
            }
        });
        return option;
    }
}
