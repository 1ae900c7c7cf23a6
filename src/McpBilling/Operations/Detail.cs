namespace McpBilling.Operations;

/// <summary>How much a list tells of each item. What is left out is absent, never empty.</summary>
public enum Detail
{
    /// <summary>Everything (the default).</summary>
    Detailed,

    /// <summary>What tells the items apart, for a conversation that only looks for one.</summary>
    Concise,
}
