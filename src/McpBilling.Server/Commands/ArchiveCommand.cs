using System.CommandLine;
using System.Globalization;
using McpBilling.Archive;
using McpBilling.Money;
using McpBilling.Server.Hosting;
using McpBilling.Storage;
using McpBilling.Storage.Detail;

namespace McpBilling.Server.Commands;

/// <summary><c>archive</c>: copies months that are over to Parquet files.</summary>
internal static class ArchiveCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var before = new Option<string>("--before") { Description = "The first day of a month, such as 2026-11-01: whole months before it (UTC) are copied.", HelpName = "DATE", Required = true };
        var folder = new Option<string>("--out") { Description = "The archive's folder; months that it has already stay as they are.", HelpName = "DIR", Required = true };
        var (data, mode) = (SharedOptions.Data(), SharedOptions.Workspace());
        var command = new Command("archive", "Copy usage, costs and ledger entries of past months to Parquet files. Nothing is deleted: the ledger proves its balances from them.") { before, folder, data, mode };
        command.SetAction(line =>
        {
            var bound = MonthOf(line.GetValue(before)!);
            DuckLibrary.Require(terminal.Environment);
            using var detail = DetailOf.Open(parts, line.GetValue(data), line.GetValue(mode), terminal);
            if (bound > detail.Now)
            {
                throw new CommandException($"--before: {line.GetValue(before)} has not begun in this workspace; it is {detail.Now}.", ExitCodes.Usage);
            }
            try
            {
                var archive = new ArchiveFolder(line.GetValue(folder)!, detail);
                var written = ArchiveWriter.Write(detail, archive, bound);
                foreach (var file in written)
                {
                    terminal.Out.WriteLine($"{archive.PathOf(file)}: {file.Rows} rows, {file.Bytes} bytes");
                }
                terminal.Error.WriteLine(written.Count == 0 ? $"{archive.Path}: nothing to add." : $"{archive.Path}: {written.Count} files added, each read back and compared. Nothing was deleted.");
            }
            catch (ArchiveException e)
            {
                throw new CommandException(e.Message);
            }
            return ExitCodes.Done;
        });
        return command;
    }

    private static Instant MonthOf(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Day == 1
            ? Instant.From(new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero))
            : throw new CommandException($"--before must be the first day of a month, such as 2026-11-01, not {text}.", ExitCodes.Usage);
}

/// <summary>The detail of one workspace of data that is there already.</summary>
internal static class DetailOf
{
    /// <exception cref="DataFileException">There is no such file.</exception>
    public static DetailReader Open(Composition parts, string? data, Operations.Mode mode, Terminal terminal)
    {
        var database = Database.Locate(data, terminal.Environment);
        Migrator.RequireExisting(database, parts.Time);
        using var keys = new ApiKeys(database, parts.Time);
        return new DetailReader(database, keys.OwnerCaller(mode), parts.Time);
    }
}
