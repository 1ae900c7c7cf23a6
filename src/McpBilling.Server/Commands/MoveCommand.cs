using System.CommandLine;
using McpBilling.Server.Hosting;
using McpBilling.Storage;

namespace McpBilling.Server.Commands;

/// <summary><c>move --from A --to B</c>: everything to another database, of whatever engine. To be asked for again when it was broken off.</summary>
internal static class MoveCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var from = new Option<string>("--from") { Description = "The database as it is: a file, or postgres://user:password@host/database.", Required = true };
        var to = new Option<string>("--to") { Description = "An empty one, named likewise.", Required = true };
        var command = new Command("move", "Carry everything to another database; API keys and ids go on working. Servers on the old one refuse writes from then on.") { from, to };
        command.SetAction(async (line, cancellation) =>
        {
            var (source, target) = (Database.Locate(line.GetValue(from), terminal.Environment), Database.Locate(line.GetValue(to), terminal.Environment));
            if (source.Name == target.Name)
            {
                throw new DataFileException("--from and --to name the same database.");
            }
            long rows = await Move.Run(source, target, parts.Time, terminal.Error.WriteLine, cancellation);
            terminal.Out.WriteLine($"{rows} rows are in {target.Name}, compared and verified on both sides. Start with --data for it; {source.Name} takes no more writes.");
            return ExitCodes.Done;
        });
        return command;
    }
}
