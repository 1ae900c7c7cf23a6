using System.Net.Sockets;
using System.Text;

namespace McpBilling.Server.Tests.Hostile;

/// <summary>A connection on which anything may be said, HTTP or not.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public static async Task<RawConnection> To(Uri server)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(server.Host, server.Port);
        return connection;
    }

    /// <summary>Sends text of which each character is one byte. What the other side no longer takes is lost.</summary>
    /// <returns>Whether the connection took it.</returns>
    public async Task<bool> Send(string text)
    {
        try
        {
            byte[] bytes = Encoding.Latin1.GetBytes(text);
            for (int sent = 0; sent < bytes.Length;)
            {
                sent += await _socket.SendAsync(bytes.AsMemory(sent));
            }
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Everything that comes until the other side closes.</summary>
    /// <exception cref="TimeoutException">It did not close.</exception>
    public Task<string> UntilClosed() => Until(static _ => false);

    /// <summary>What comes until it is enough, or until the other side closes.</summary>
    /// <exception cref="TimeoutException">Neither happened.</exception>
    public async Task<string> Until(Func<string, bool> isEnough)
    {
        var text = new StringBuilder();
        using var limit = new CancellationTokenSource(Patience);
        byte[] buffer = new byte[4096];
        try
        {
            while (await _socket.ReceiveAsync(buffer, limit.Token) is > 0 and var count)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
                if (isEnough(text.ToString()))
                {
                    break;
                }
            }
        }
        catch (SocketException)
        {
            // Closed all the same.
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the server neither said enough nor closed; it said: {text}");
        }
        return text.ToString();
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
