namespace McpBilling.Insights.Margins;

/// <summary>Keys among the customers that are no customers.</summary>
public static class MarginKeys
{
    /// <summary>Background work that no customer asked for.</summary>
    public const string Internal = "internal";

    /// <summary>Nobody said whose.</summary>
    public const string Unattributed = "unattributed";

    /// <summary>Failed attempts that the workspace bears itself. No id begins with a space.</summary>
    public const string WrittenOff = " written_off";

    /// <summary>Failed attempts that all customers bear together.</summary>
    public const string Socialized = " socialized";

    public static bool IsCustomer(string key) => key is not (Internal or Unattributed or WrittenOff or Socialized);
}
