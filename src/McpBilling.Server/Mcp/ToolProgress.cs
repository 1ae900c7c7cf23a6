using McpBilling.Operations;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Tells a client that asked for it how far a tool has come. Notifications go out one after the other; while one is on its way only the latest figure waits,
/// so a slow client does not slow the work.
/// </summary>
internal sealed class ToolProgress : IProgress<OperationProgress>
{
    private readonly Func<ProgressNotificationValue, Task> send;
    private readonly Lock gate = new();
    private OperationProgress? waiting;
    private Task sending = Task.CompletedTask;
    private long told = -1;

    public ToolProgress(Func<ProgressNotificationValue, Task> send) => this.send = send;

    /// <summary>Null when the client gave no token: nobody wants to know.</summary>
    public static ToolProgress? For(RequestContext<CallToolRequestParams> request) => request.Params?.ProgressToken is { } token
        ? new ToolProgress(value => request.Server.NotifyProgressAsync(token, value))
        : null;

    public void Report(OperationProgress value)
    {
        lock (gate)
        {
            waiting = value;
            if (sending.IsCompleted)
            {
                sending = Send();
            }
        }
    }

    /// <summary>Completes when the last notification is out: none may follow the answer.</summary>
    public Task Finish()
    {
        lock (gate)
        {
            return sending;
        }
    }

    private async Task Send()
    {
        while (Next() is { } value)
        {
            try
            {
                await send(new ProgressNotificationValue { Progress = value.Done, Total = value.Total, Message = value.Message });
            }
            catch (Exception gone) when (gone is IOException or InvalidOperationException or ObjectDisposedException or OperationCanceledException)
            {
                // The client went away; its request will be cancelled, and nobody misses the figure.
                return;
            }
        }
    }

    // The protocol wants each figure to be greater than the one before.
    private OperationProgress? Next()
    {
        lock (gate)
        {
            var next = waiting is { } value && value.Done > told ? waiting : null;
            waiting = null;
            told = next?.Done ?? told;
            return next;
        }
    }
}
