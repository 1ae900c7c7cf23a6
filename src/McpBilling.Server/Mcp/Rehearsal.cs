using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Plays the first requests of a session to nobody, on another core than the one that opens the data file. What a session needs first (types, readers and
/// writers, the tools' definitions) is then loaded when the client's own requests are read, which saves about a seventh of the start (bench/results). It touches no data.
/// </summary>
internal static class Rehearsal
{
    private const string Requests =
        """
        {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"rehearsal","version":"1"}}}
        {"jsonrpc":"2.0","method":"notifications/initialized"}
        {"jsonrpc":"2.0","id":2,"method":"tools/list","params":{}}

        """;

    /// <summary>Begins it. Whether it comes to its end makes no difference but time.</summary>
    /// <returns>How many bytes would have been answered.</returns>
    public static Task<long> Begin(IReadOnlyList<Operation> operations, JsonSerializerOptions json) => Task.Run(async () =>
    {
        var surface = new McpSurface { Operations = operations, Json = json, Billing = new NoBilling() };
        var output = new MemoryStream();
        var pipes = new AnsweredInput(new MemoryStream(Encoding.UTF8.GetBytes(Requests.ReplaceLineEndings("\n"))), output, surface.Clock);
        await using var transport = new StreamServerTransport(pipes.Input, pipes.Output, "rehearsal", surface.Logs);
        await new BillingServer(surface).Run(transport, CancellationToken.None);
        return output.Length;
    });

    private sealed class NoBilling : IBilling
    {
        public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation) =>
            throw new InvalidOperationException("a rehearsal has no data");

        public TPort Reads<TPort>()
            where TPort : class => throw new InvalidOperationException("a rehearsal has no data");
    }
}
