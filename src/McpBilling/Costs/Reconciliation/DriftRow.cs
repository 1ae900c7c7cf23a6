using System.Collections.Immutable;

namespace McpBilling.Costs.Reconciliation;

/// <summary>One kind of a model on a day, in one measure, on both sides.</summary>
/// <param name="Model">Empty: all models.</param>
/// <param name="Kind">Empty: all kinds.</param>
/// <param name="Recorded">With what earlier reconciliations added.</param>
/// <param name="Adjusted">What earlier reconciliations added.</param>
public sealed record DriftRow(string Provider, long Day, string Model, string Kind, Measure Measure, decimal Reported, decimal Recorded, decimal Adjusted)
{
    public decimal Delta => Reported - Recorded;

    /// <summary>0 to 1.</summary>
    public decimal Drift => Reconciliation.Drift.Of(Reported, Recorded);

    public DriftColour Colour => Reconciliation.Drift.Colour(Reported, Recorded);

    /// <summary>None for a green one.</summary>
    public ImmutableArray<DriftCause> Causes { get; init; } = [];
}
