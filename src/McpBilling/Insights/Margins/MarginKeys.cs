using McpBilling.Costs;

namespace McpBilling.Insights.Margins;

/// <summary>Keys among the customers that are no customers.</summary>
public static class MarginKeys
{
    /// <summary>Background work that no customer asked for.</summary>
    public const string Internal = CostEvent.Internal;

    /// <summary>Nobody said whose.</summary>
    public const string Unattributed = CostEvent.Unattributed;

    /// <summary>Failed attempts that the workspace bears itself. No id begins with a space.</summary>
    public const string WrittenOff = CostShares.WrittenOff;

    /// <summary>Failed attempts that all customers bear together.</summary>
    public const string Socialized = CostShares.Socialized;

    public static bool IsCustomer(string key) => key is not (Internal or Unattributed or WrittenOff or Socialized);
}
