using System.CommandLine;
using McpBilling.Server.Hosting;

namespace McpBilling.Server.Commands;

/// <summary><c>demo</c>: the story in a terminal, on a throw-away data file.</summary>
internal static class DemoCommand
{
    public static Command Make(Composition parts, Terminal terminal)
    {
        var command = new Command("demo", "Watch a catalog, a customer and 10,000 concurrent authorizations, on a throw-away data file.");
        command.SetAction((_, cancellation) => parts.RunDemo(terminal.Out, cancellation));
        return command;
    }
}
