using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace McpBilling.Server.Telemetry;

/// <summary>
/// Counts rare things by a name of our own, also while nobody listens: what went wrong before the first scrape is not forgotten, and a name that never
/// occurred is told as 0, from which an alert sees the first occurrence rise.
/// </summary>
/// <param name="label">What the names are.</param>
/// <param name="known">Names to be told from the start.</param>
internal sealed class Tally(string label, params IEnumerable<string> known)
{
    private readonly ConcurrentDictionary<string, StrongBox<long>> counts = new(known.Select(k => KeyValuePair.Create(k, new StrongBox<long>())), StringComparer.Ordinal);

    public void Add(string name) => Interlocked.Increment(ref counts.GetOrAdd(name, static _ => new StrongBox<long>()).Value);

    public IEnumerable<Measurement<long>> Read() => counts.Select(c => new Measurement<long>(Interlocked.Read(ref c.Value.Value), new KeyValuePair<string, object?>(label, c.Key)));
}
