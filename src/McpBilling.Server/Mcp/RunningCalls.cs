using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>
/// The tool calls that are under way in one session, so that a client's <c>notifications/cancelled</c> reaches the operation: the token that the SDK hands
/// to a tool (2.3.1) lives as long as the session, since a call may be asked back for more input. Ids are unique within a session only, so this serves one.
/// </summary>
internal sealed class RunningCalls
{
    private readonly ConcurrentDictionary<RequestId, CancellationTokenSource> running = [];

    /// <summary>Runs a call under a token that ends with the session's or with the client's cancellation.</summary>
    public async ValueTask<CallToolResult> Run(RequestId id, Func<CancellationToken, ValueTask<CallToolResult>> call, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        running[id] = stop;
        try
        {
            return await call(stop.Token);
        }
        finally
        {
            running.TryRemove(new(id, stop));
        }
    }

    /// <summary>Looks at what comes in and cancels what it names; everything goes on to the SDK.</summary>
    public void Watch(JsonRpcMessage message)
    {
        if (message is JsonRpcNotification { Method: NotificationMethods.CancelledNotification } cancelled && IdOf(cancelled.Params) is { } id && running.TryGetValue(id, out var stop))
        {
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It was answered at this very moment.
            }
        }
    }

    private static RequestId? IdOf(JsonNode? parameters) => parameters is JsonObject named && named["requestId"] is JsonValue id
        ? id.GetValueKind() switch
        {
            JsonValueKind.String => new RequestId(id.GetValue<string>()),
            JsonValueKind.Number when id.TryGetValue(out long number) => new RequestId(number),
            _ => null,
        }
        : null;
}
