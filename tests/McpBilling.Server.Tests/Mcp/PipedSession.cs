using System.IO.Pipelines;
using System.Text;
using McpBilling.Server.Mcp;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>A stdio session over two pipes, of which a write returns when it was read.</summary>
internal sealed class PipedSession : IAsyncDisposable
{
    private readonly Pipe up = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 0)), down = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly StreamReader answers;

    public PipedSession(McpSurface listing, Task<McpSurface> opening)
    {
        answers = new StreamReader(down.Reader.AsStream());
        Serving = Serve(listing, opening);
    }

    public Task Serving { get; }

    public bool HasAnswered
    {
        get
        {
            if (!down.Reader.TryRead(out var read))
            {
                return false;
            }
            bool any = !read.Buffer.IsEmpty;
            down.Reader.AdvanceTo(read.Buffer.Start);
            return any;
        }
    }

    public Task Ask(string line) => Send(Encoding.UTF8.GetBytes(line + "\n"));

    public async Task Send(ReadOnlyMemory<byte> bytes) => await up.Writer.WriteAsync(bytes, TestContext.Current.CancellationToken);

    public async Task<string> Answer() => (await answers.ReadLineAsync(TestContext.Current.CancellationToken))!;

    /// <summary>Every answer that is still to come, once the client has no more to ask.</summary>
    public async Task<string[]> End()
    {
        await up.Writer.CompleteAsync();
        await Serving;
        return (await answers.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync()
    {
        await up.Writer.CompleteAsync();
        await Serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        answers.Dispose();
    }

    private async Task Serve(McpSurface listing, Task<McpSurface> opening)
    {
        try
        {
            await BillingMcp.RunStdio(up.Reader.AsStream(), down.Writer.AsStream(), listing, opening, TestContext.Current.CancellationToken);
        }
        finally
        {
            await down.Writer.CompleteAsync();
        }
    }
}
