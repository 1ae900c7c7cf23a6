namespace McpBilling.Server.Mcp;

/// <summary>
/// Standard input and output of a stdio session, paired so that the end of input is passed on only when every request that came before it has been answered
/// (or after a limit): a client that writes its requests and closes the pipe still gets every answer.
/// </summary>
/// <param name="ready">Nothing is answered before this completes, and nothing at all where the session ends before.</param>
internal sealed class AnsweredInput(Stream input, Stream output, TimeProvider time, Task ready)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    // The greeting (initialize, or server/discover) and one more: usually the tools.
    private const int FirstAnswers = 2;

    private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private int _open;
    private int _answers;
    private bool _ended;

    /// <summary>Completes when the client has its first answers and the process may turn to other things.</summary>
    public Task Began => _began.Task;

    public Stream Input => field ??= new LineWatch(input, CountRequest, Task.CompletedTask, WaitForAnswers);

    public Stream Output => field ??= new LineWatch(output, CountAnswer, ready, static _ => Task.CompletedTask);

    private void CountRequest(ReadOnlySpan<byte> line) => Change(MessageLine.Of(line).Kind == MessageKind.Request ? 1 : 0);

    private void CountAnswer(ReadOnlySpan<byte> line)
    {
        if (MessageLine.Of(line).Kind != MessageKind.Answer)
        {
            return;
        }
        Change(-1);
        if (Interlocked.Increment(ref _answers) >= FirstAnswers)
        {
            _began.TrySetResult();
        }
    }

    private void Change(int by)
    {
        lock (_gate)
        {
            _open += by;
            if (_ended && _open <= 0)
            {
                _answered.TrySetResult();
            }
        }
    }

    private async Task WaitForAnswers(CancellationToken cancellation)
    {
        lock (_gate)
        {
            _ended = true;
            if (_open <= 0)
            {
                return;
            }
        }
        await Task.WhenAny(_answered.Task, Task.Delay(Limit, time, cancellation));
    }

    /// <summary>Passes bytes through, shows each whole line, and holds back the beginning of what is written and the end of what is read.</summary>
    private sealed class LineWatch(Stream inner, LineSeen seen, Task beforeWrite, Func<CancellationToken, Task> beforeEnd) : FrontStream(inner)
    {
        private readonly LineBuffer lines = new();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await Inner.ReadAsync(buffer, cancellationToken);
            if (count == 0)
            {
                await beforeEnd(cancellationToken);
            }
            Watch(buffer[..count]);
            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await beforeWrite.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!beforeWrite.IsCompletedSuccessfully)
            {
                // The session ended before it could answer: whoever waits for an answer learns of it by the end.
                return;
            }
            await Inner.WriteAsync(buffer, cancellationToken);
            Watch(buffer);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => beforeWrite.IsCompletedSuccessfully ? base.FlushAsync(cancellationToken) : Task.CompletedTask;

        private void Watch(ReadOnlyMemory<byte> bytes)
        {
            while (lines.Take(ref bytes) is { } line)
            {
                seen(line);
            }
        }
    }

    private delegate void LineSeen(ReadOnlySpan<byte> line);
}
