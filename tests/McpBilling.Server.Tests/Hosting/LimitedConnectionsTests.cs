using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using McpBilling.Server.Hosting;
using McpBilling.Server.Tests.Hostile;
using McpBilling.Server.Tests.OAuth;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>How many connections are open at once: never more than the limit and the one that is being shown the door, also while no thread is there to handle any.</summary>
public sealed class LimitedConnectionsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 1)]
    [InlineData(5, 3)]
    public async Task However_many_come_one_more_than_the_limit_is_the_most_that_each_address_holds(int most, int addresses)
    {
        var crowd = new Crowd();
        var limit = new LimitedConnections(crowd, most, NullLogger.Instance);
        var taken = new List<ConnectionContext>();
        for (int a = 0; a < addresses; a++)
        {
            crowd.Waiting = 100;
            var listener = await limit.BindAsync(new IPEndPoint(IPAddress.Loopback, a + 1), TestContext.Current.CancellationToken);
            while (await listener.AcceptAsync(TestContext.Current.CancellationToken) is { } connection)
            {
                // Nobody handles it: the pool is busy.
                taken.Add(connection);
            }
        }
        Assert.Equal(most, taken.Count);
        Assert.Equal(most, crowd.Open);
        Assert.Equal(most + 1, crowd.Peak);
        // Whoever goes makes room for one; going twice is going once.
        await taken[0].DisposeAsync();
        await taken[0].DisposeAsync();
        crowd.Waiting = 100;
        var again = await limit.BindAsync(new IPEndPoint(IPAddress.Loopback, 9), TestContext.Current.CancellationToken);
        Assert.NotNull(await again.AcceptAsync(TestContext.Current.CancellationToken));
        Assert.Null(await again.AcceptAsync(TestContext.Current.CancellationToken));
        Assert.Equal(most, crowd.Open);
        Assert.Equal(most + 1, crowd.Peak);
    }

    [Fact]
    public async Task A_place_whose_connection_fails_to_end_is_free_all_the_same()
    {
        var crowd = new Crowd { Waiting = 1, FailsToEnd = true };
        var limit = new LimitedConnections(crowd, 1, NullLogger.Instance);
        var listener = await limit.BindAsync(new IPEndPoint(IPAddress.Loopback, 1), TestContext.Current.CancellationToken);
        var taken = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<IOException>(async () => await taken!.DisposeAsync());
        crowd.Waiting = 1;
        Assert.NotNull(await listener.AcceptAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_connection_that_cannot_be_refused_does_not_end_the_listening()
    {
        var crowd = new Crowd { Waiting = 5, FailsToEnd = true };
        var listener = await new LimitedConnections(crowd, 1, NullLogger.Instance).BindAsync(new IPEndPoint(IPAddress.Loopback, 1), TestContext.Current.CancellationToken);
        Assert.NotNull(await listener.AcceptAsync(TestContext.Current.CancellationToken));
        Assert.Null(await listener.AcceptAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, crowd.Waiting);
    }

    [Fact]
    public async Task A_server_that_is_full_closes_who_comes_serves_who_is_there_and_takes_the_next_when_one_goes()
    {
        await using var server = new HostedServer();
        var url = await server.Open(o => o with { MaxConnections = 2 });
        const string request = "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        var first = await RawConnection.To(url);
        await using var second = await RawConnection.To(url);
        await Answers(first, request);
        await Answers(second, request);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("", await Asked(url, request));
        }
        await Answers(first, request);
        await first.DisposeAsync();
        for (int tries = 0; ; tries++)
        {
            string answer = await Asked(url, request.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal));
            if (answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            {
                break;
            }
            Assert.True(tries < 200, answer);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static async Task Answers(RawConnection connection, string request)
    {
        await connection.Send(request);
        Assert.StartsWith("HTTP/1.1 200", await connection.Until(static t => t.Contains("\r\n\r\n", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    // All that a connection of its own is told; nothing when it is closed at once, which the socket may see while it still connects.
    private static async Task<string> Asked(Uri url, string request)
    {
        try
        {
            await using var connection = await RawConnection.To(url);
            await connection.Send(request);
            return await connection.UntilClosed();
        }
        catch (SocketException)
        {
            return "";
        }
    }

    // As many as are waiting connect, one after the other, and nobody after them.
    private sealed class Crowd : IConnectionListenerFactory, IConnectionListener
    {
        public int Waiting { get; set; }

        public bool FailsToEnd { get; init; }

        public int Open { get; private set; }

        public int Peak { get; private set; }

        public EndPoint EndPoint { get; private set; } = new IPEndPoint(IPAddress.Loopback, 0);

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            EndPoint = endpoint;
            return ValueTask.FromResult<IConnectionListener>(this);
        }

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            if (Waiting == 0)
            {
                return ValueTask.FromResult<ConnectionContext?>(null);
            }
            Waiting--;
            Peak = Math.Max(Peak, ++Open);
            return ValueTask.FromResult<ConnectionContext?>(new Stranger(this));
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private sealed class Stranger(Crowd crowd) : DefaultConnectionContext("stranger", new Nowhere(), new Nowhere())
        {
            private bool isGone;

            public override void Abort(ConnectionAbortedException abortReason)
            {
            }

            public override async ValueTask DisposeAsync()
            {
                await base.DisposeAsync();
                crowd.Open -= isGone ? 0 : 1;
                isGone = true;
                if (crowd.FailsToEnd)
                {
                    throw new IOException("would not end");
                }
            }
        }

        private sealed class Nowhere : IDuplexPipe
        {
            public PipeReader Input { get; } = PipeReader.Create(Stream.Null);

            public PipeWriter Output { get; } = PipeWriter.Create(Stream.Null);
        }
    }
}
