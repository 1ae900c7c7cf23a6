namespace McpBilling.Costs;

/// <summary>
/// A command that books a cost. Whoever hands it to the writer, of whom there is one for everybody, may have the cost worked out before (<see cref="CostDraft.PricedAhead"/>).
/// </summary>
public interface ICarriesCost
{
    /// <summary>What is to be booked; null where nothing is.</summary>
    CostDraft? Draft { get; set; }
}
