namespace McpBilling.Bench.Load;

/// <summary>What each connection sends, again and again.</summary>
internal sealed record Traffic
{
    public required RequestTemplate First { get; init; }

    /// <summary>Sent after a first that was answered well, with the id found by <see cref="IdMarker"/>; null when there is one step only.</summary>
    public RequestTemplate? Second { get; init; }

    /// <summary>What stands before the id in the answer to the first, such as <c>"hold_id":"</c>.</summary>
    public byte[] IdMarker { get; init; } = [];

    /// <summary>What the body of a good answer does not have.</summary>
    public byte[] BadMarker { get; init; } = [];

    /// <summary>Requests are spread at random over so many.</summary>
    public int Customers { get; init; } = 1;

    /// <summary>Each customer once, in order, instead of at random.</summary>
    public bool InOrder { get; init; }

    /// <summary>Events in one request.</summary>
    public int PerRequest { get; init; } = 1;
}

/// <summary>When a load ends: after a time, or after so many requests.</summary>
internal readonly record struct Until(TimeSpan Time, long Requests)
{
    /// <summary>Requests are begun no faster than this; 0: as fast as the answers come.</summary>
    public double RequestsPerSecond { get; init; }

    public static Until Elapsed(TimeSpan time) => new(time, long.MaxValue);

    public static Until Sent(long requests) => new(TimeSpan.FromHours(1), requests);
}

/// <summary>What came of a load. Latencies are those of single requests.</summary>
internal sealed record LoadResult(double PerSecond, TimeSpan P50, TimeSpan P99, long Good, long Bad, string? FirstBad);
