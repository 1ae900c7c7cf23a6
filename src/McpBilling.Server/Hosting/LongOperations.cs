using System.Collections.Concurrent;
using System.Globalization;
using McpBilling.Operations;

namespace McpBilling.Server.Hosting;

/// <summary>Bounds how many operations that take long (<see cref="Operation.TakesLong"/>) a key runs at once, so that one key's simulations leave the processors to everybody's charges.</summary>
internal sealed class LongOperations
{
    public const int AtOncePerKey = 2;

    private readonly ConcurrentDictionary<string, int> running = new(StringComparer.Ordinal);

    /// <summary>To be disposed when the operation has ended; null for operations that are quick.</summary>
    /// <exception cref="BillingException"><c>rate_limited</c>.</exception>
    public IDisposable? Enter(Operation operation, Caller caller)
    {
        if (!operation.TakesLong)
        {
            return null;
        }
        string who = string.Create(CultureInfo.InvariantCulture, $"{caller.WorkspaceKey}/{caller.KeyId}");
        if (running.AddOrUpdate(who, 1, static (_, now) => now + 1) > AtOncePerKey)
        {
            Leave(who);
            throw new BillingException(ErrorCode.RateLimited, $"This key runs {AtOncePerKey} operations that take long already; wait for one of them to end.");
        }
        return new Turn(this, who);
    }

    private void Leave(string who)
    {
        if (running.AddOrUpdate(who, 0, static (_, now) => now - 1) == 0)
        {
            running.TryRemove(new KeyValuePair<string, int>(who, 0));
        }
    }

    private sealed class Turn(LongOperations of, string who) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
            {
                of.Leave(who);
            }
        }
    }
}
