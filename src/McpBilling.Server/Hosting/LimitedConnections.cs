using System.IO.Pipelines;
using System.Net;
using McpBilling.Server.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace McpBilling.Server.Hosting;

/// <summary>
/// Takes connections up to a limit, and closes any more before it takes the next one. Kestrel's own limit closes them on some thread of the pool later, and goes on taking: on a
/// busy machine strangers then have every handle for a moment, in which the data file cannot be opened and an assembly cannot be loaded, which the runtime never tries again.
/// </summary>
/// <param name="inner">Who really listens.</param>
/// <param name="most">How many connections may be open at once, over all addresses. A place is free when the connection's handle is.</param>
internal sealed partial class LimitedConnections(IConnectionListenerFactory inner, int most, ILogger logger) : IConnectionListenerFactory
{
    private int open;
    private int isFull;

    /// <summary>Has a server listen with sockets and this limit.</summary>
    public static void Use(WebApplicationBuilder builder, int most, Action<SocketTransportOptions> sockets, ILoggerFactory logs)
    {
        builder.WebHost.UseSockets(sockets);
        // The last one is asked first. What it wraps is made of the container's options, for these hold the pool of buffers that the server writes into.
        builder.Services.AddSingleton<IConnectionListenerFactory>(services =>
            new LimitedConnections(ActivatorUtilities.CreateInstance<SocketTransportFactory>(services), most, logs.CreateLogger("McpBilling.Http")));
    }

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(this, await inner.BindAsync(endpoint, cancellationToken));

    private bool Take()
    {
        if (Interlocked.Increment(ref open) <= most)
        {
            return true;
        }
        Interlocked.Decrement(ref open);
        return false;
    }

    private void Release()
    {
        Interlocked.Decrement(ref open);
        Volatile.Write(ref isFull, 0);
    }

    private async ValueTask Refuse(ConnectionContext connection)
    {
        if (Interlocked.Exchange(ref isFull, 1) == 0)
        {
            LogFull(logger, most);
        }
        ServerMeter.ConnectionRefused();
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception e)
        {
            // Whatever it was: thrown from here, it would end the listening.
            LogNotClosed(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Most} connections are open, which is the limit: more are closed at once")]
    private static partial void LogFull(ILogger logger, int most);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection beyond the limit could not be closed")]
    private static partial void LogNotClosed(ILogger logger, Exception exception);

    private sealed class Listener(LimitedConnections limit, IConnectionListener inner) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken) is { } connection)
            {
                if (limit.Take())
                {
                    return new Connection(limit, connection);
                }
                await limit.Refuse(connection);
            }
            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    // All is the inner one's, except that its end frees the place.
    private sealed class Connection(LimitedConnections limit, ConnectionContext inner) : ConnectionContext
    {
        private int isDisposed;

        public override string ConnectionId
        {
            get => inner.ConnectionId;
            set => inner.ConnectionId = value;
        }

        public override IFeatureCollection Features => inner.Features;

        public override IDictionary<object, object?> Items
        {
            get => inner.Items;
            set => inner.Items = value;
        }

        public override IDuplexPipe Transport
        {
            get => inner.Transport;
            set => inner.Transport = value;
        }

        public override CancellationToken ConnectionClosed
        {
            get => inner.ConnectionClosed;
            set => inner.ConnectionClosed = value;
        }

        public override EndPoint? LocalEndPoint
        {
            get => inner.LocalEndPoint;
            set => inner.LocalEndPoint = value;
        }

        public override EndPoint? RemoteEndPoint
        {
            get => inner.RemoteEndPoint;
            set => inner.RemoteEndPoint = value;
        }

        public override void Abort() => inner.Abort();

        public override void Abort(ConnectionAbortedException abortReason) => inner.Abort(abortReason);

        public override async ValueTask DisposeAsync()
        {
            try
            {
                await inner.DisposeAsync();
                await base.DisposeAsync();
            }
            finally
            {
                if (Interlocked.Exchange(ref isDisposed, 1) == 0)
                {
                    limit.Release();
                }
            }
        }
    }
}
