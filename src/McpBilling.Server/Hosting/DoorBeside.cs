using McpBilling.Server.Commands;
using McpBilling.Server.Mcp;

namespace McpBilling.Server.Hosting;

/// <summary>
/// The runtime API beside a stdio session: this process's own where the port is free, else that of the program which already listens there with the same
/// data. A coding tool starts the program in order to list its tools; a web server is not what it should wait for, so the door opens behind the first answers.
/// </summary>
/// <param name="open">Opens this process's own.</param>
/// <param name="find">The address of another program with the same data, when the port is taken; null when there is none.</param>
/// <param name="notes">Takes why there is none, one line a time.</param>
internal sealed class DoorBeside(Func<Task<HttpDoor>> open, Func<Task<string?>> find, TextWriter notes) : IRuntimeBeside, IAsyncDisposable
{
    private readonly Lock gate = new();
    private Task? opening;
    private HttpDoor? door;

    public string? Url { get; private set; }

    public Task Open()
    {
        lock (gate)
        {
            // Not on the caller's thread: the first part of opening is long and does not wait for anything.
            return opening ??= Task.Run(Settle);
        }
    }

    /// <summary>Closes what was opened, and opens nothing more.</summary>
    public async ValueTask DisposeAsync()
    {
        Task begun;
        lock (gate)
        {
            begun = opening ??= Task.CompletedTask;
        }
        await begun;
        if (door is not null)
        {
            await door.DisposeAsync();
        }
    }

    private async Task Settle()
    {
        try
        {
            door = await open();
            Url = door.Urls[0];
        }
        catch (AddressTakenException)
        {
            // Two coding tools open at once are usual: the first gets the port, and its API serves the same data.
            Url = await find();
            notes.WriteLine($"mcp-billing: the address of the runtime API is taken{(Url is null ? ", so there is none for this data." : $"; {Url} serves the same data.")}");
        }
        catch (OperationCanceledException)
        {
            // The process is stopping.
        }
        catch (Exception e)
        {
            // Whatever it is: the conversation goes on without an API for the app.
            notes.WriteLine($"mcp-billing: no runtime API. {e.Message.ReplaceLineEndings(" ")}");
        }
    }
}
