using System.Runtime.InteropServices;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Standard input and output of a stdio session while it begins: gives the <see cref="FirstAnswers"/>, then hands everything that was read on to the MCP library,
/// which answers it too; of its answers those that the client has already go nowhere.
/// </summary>
/// <param name="answers">Null: nothing is answered here.</param>
internal sealed class EarlyAnswers(Stream input, Stream output, FirstAnswers? answers)
{
    /// <summary>Bytes; what comes first and is longer is left to the library.</summary>
    private const int MaxLine = 65_536;

    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Written while the library waits for the end of it, and by its streams after that.
    private readonly List<byte> _read = [];
    private readonly List<byte[]> _given = [];
    private int _line;

    /// <summary>Completes when the client was greeted, or the library is to greet it.</summary>
    public Task Greeted => _greeted.Task;

    /// <summary>Whether the client was greeted here.</summary>
    public bool HasGreeted { get; private set; }

    /// <summary>What the client sent, from its beginning.</summary>
    public Stream Input => field ??= new Repeated(this, input);

    /// <summary>Passes on what the client does not have yet.</summary>
    public Stream Output => field ??= new Remaining(this, output);

    /// <summary>Answers what comes first. Until this ends, the library reads nothing.</summary>
    /// <param name="ready">Nothing is answered before this completes.</param>
    public async Task Give(Task ready, CancellationToken cancellation)
    {
        try
        {
            if (answers is null || await NextLine(cancellation) is not { } first || FirstAnswers.Greet(first) is not { } greeting)
            {
                return;
            }
            answers.Prepare();
            await Give(first, greeting, ready, cancellation);
            HasGreeted = true;
            _greeted.SetResult();
            byte[]? next = await NextLine(cancellation);
            if (next is not null && FirstAnswers.IsInitialized(next))
            {
                next = await NextLine(cancellation);
            }
            if (next is not null && answers.List(next) is { } list)
            {
                await Give(next, list, ready, cancellation);
            }
        }
        finally
        {
            _greeted.TrySetResult();
            _over.SetResult();
        }
    }

    private async Task Give(byte[] line, byte[] answer, Task ready, CancellationToken cancellation)
    {
        await ready.WaitAsync(cancellation);
        await output.WriteAsync(answer, cancellation);
        await output.FlushAsync(cancellation);
        _given.Add(MessageLine.Of(line).Id.ToArray());
    }

    /// <summary>The next whole line, without its end; null where none comes, or a long one.</summary>
    private async Task<byte[]?> NextLine(CancellationToken cancellation)
    {
        byte[] buffer = new byte[4_096];
        int searched = _line;
        while (true)
        {
            int length = CollectionsMarshal.AsSpan(_read)[searched..].IndexOf((byte)'\n');
            if (length >= 0)
            {
                int begin = _line;
                _line = searched + length + 1;
                return [.. CollectionsMarshal.AsSpan(_read)[begin..(_line - 1)]];
            }
            int count = _read.Count - _line > MaxLine ? 0 : await input.ReadAsync(buffer, cancellation);
            if (count == 0)
            {
                return null;
            }
            searched = _read.Count;
            _read.AddRange(buffer.AsSpan(0, count));
        }
    }

    /// <summary>Whether the client has this answer, of which it is told once.</summary>
    private bool Drops(ReadOnlySpan<byte> line)
    {
        var message = MessageLine.Of(line);
        for (int i = 0; message.Kind == MessageKind.Answer && i < _given.Count; i++)
        {
            if (message.Id.SequenceEqual(_given[i]))
            {
                _given.RemoveAt(i);
                return true;
            }
        }
        return false;
    }

    private sealed class Repeated(EarlyAnswers early, Stream input) : FrontStream(input)
    {
        private int _passed;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await early._over.Task.WaitAsync(cancellationToken);
            int count = Math.Min(buffer.Length, early._read.Count - _passed);
            if (count == 0)
            {
                return await Inner.ReadAsync(buffer, cancellationToken);
            }
            CollectionsMarshal.AsSpan(early._read).Slice(_passed, count).CopyTo(buffer.Span);
            _passed += count;
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class Remaining(EarlyAnswers early, Stream output) : FrontStream(output)
    {
        private readonly LineBuffer _lines = new();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (early._given.Count > 0 && _lines.Take(ref buffer) is { } line)
            {
                if (!early.Drops(line))
                {
                    await Inner.WriteAsync(line, cancellationToken);
                }
            }
            if (!buffer.IsEmpty)
            {
                await Inner.WriteAsync(buffer, cancellationToken);
            }
        }
    }
}
