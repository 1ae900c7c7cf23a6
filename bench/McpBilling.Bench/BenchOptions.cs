using McpBilling.Bench.Scenarios;

namespace McpBilling.Bench;

/// <param name="Limit">limit.dll, or null: then there are no ratios.</param>
/// <param name="Server">mcp-billing.dll.</param>
/// <param name="Folder">For data files; on the disk that is to be measured.</param>
/// <param name="Stored">Events stored beforehand where a full file is compared with an empty one.</param>
/// <param name="Cold">What the cold start is compared with; null to leave it out.</param>
/// <param name="Growth">The ledger that grows; null to leave it out.</param>
internal sealed record BenchOptions(string? Limit, string Server, string Folder, int Rounds, int Seconds, int Stored, IReadOnlyList<int> Connections, ColdStartOptions? Cold, GrowthOptions? Growth);
