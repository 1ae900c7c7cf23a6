namespace McpBilling.Costs.Reconciliation;

/// <summary>How far the two sides of a figure are apart.</summary>
public enum DriftColour
{
    /// <summary>Under 1 %.</summary>
    Green,

    /// <summary>From 1 % to 5 %.</summary>
    Amber,

    /// <summary>Over 5 %.</summary>
    Red,
}

/// <summary>What of a kind is compared.</summary>
public enum Measure
{
    /// <summary>Tokens, searches, seconds: the kind's own unit.</summary>
    Quantity,

    /// <summary>US dollars.</summary>
    Amount,
}

/// <summary>Drift = |reported − recorded| / the greater of the two (costs.md, Reconciliation).</summary>
public static class Drift
{
    private const decimal GreenBelow = 0.01m;
    private const decimal AmberUpTo = 0.05m;

    /// <summary>0 to 1 for figures that are not negative; 0 where both are zero.</summary>
    public static decimal Of(decimal reported, decimal recorded)
    {
        decimal most = Math.Max(Math.Abs(reported), Math.Abs(recorded));
        return most == 0 ? 0 : Math.Abs(reported - recorded) / most;
    }

    public static DriftColour Colour(decimal reported, decimal recorded) => Of(reported, recorded) switch
    {
        < GreenBelow => DriftColour.Green,
        <= AmberUpTo => DriftColour.Amber,
        _ => DriftColour.Red,
    };

    public static bool Agree(decimal reported, decimal recorded) => Colour(reported, recorded) == DriftColour.Green;
}
