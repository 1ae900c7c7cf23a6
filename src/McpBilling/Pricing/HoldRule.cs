namespace McpBilling.Pricing;

/// <summary>How an authorization by event finds the amount to hold (wallets.md, "How much to hold").</summary>
public enum HoldKind
{
    /// <summary>The quoted charge of what the caller expects.</summary>
    Estimate,

    /// <summary>Always the same amount.</summary>
    Flat,

    /// <summary>The most that it can come to: the quote at the caller's <c>max_output_tokens</c>, else a given amount, else the estimate.</summary>
    Max,

    /// <summary>What all but the dearest of the last captures came to; before there are any a given amount, else the estimate.</summary>
    Learned,
}

/// <summary>A price's hold policy, read.</summary>
/// <param name="Amount">In whole assets: what <see cref="HoldKind.Flat"/> holds, and what stands in for what <see cref="HoldKind.Max"/> and <see cref="HoldKind.Learned"/> do not know.</param>
public readonly record struct HoldRule(HoldKind Kind, decimal? Amount)
{
    /// <summary>The kinds by their names in billing.json.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<HoldKind>().Select(n => n.ToLowerInvariant())];

    /// <summary>The rule of a checked definition.</summary>
    internal static HoldRule Of(HoldPolicy? policy) =>
        policy is null ? default : new((HoldKind)Names.ToList().IndexOf(policy.Kind), policy.Amount);
}
