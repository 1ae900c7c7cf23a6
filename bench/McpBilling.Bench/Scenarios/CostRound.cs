using McpBilling.Bench.Load;

namespace McpBilling.Bench.Scenarios;

/// <summary>What one round of costs gave.</summary>
/// <param name="Idle">Authorizations with nothing beside them.</param>
/// <param name="Beside">The same beside costs at a steady rate.</param>
/// <param name="Paced">Those costs.</param>
/// <param name="Alone">Costs as fast as they go.</param>
internal sealed record CostRound(LoadResult Idle, LoadResult Beside, LoadResult Paced, LoadResult Alone)
{
    public double P99Ratio => Beside.P99 / Idle.P99;
}
