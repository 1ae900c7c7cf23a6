namespace McpBilling.Costs;

/// <summary>What a cost may look up inside the writer's transaction.</summary>
public interface ICostFacts
{
    /// <summary>The workspace's price book.</summary>
    PriceBook Prices { get; }

    /// <summary>A recorded cost of the customer, by its id.</summary>
    StoredCost? FindCost(long customerKey, string id);
}

/// <summary>A session that a cost can be added to.</summary>
public interface ICostSession
{
    ICostFacts CostFacts { get; }

    /// <summary>The cost to add, and what makes two reports of it the same.</summary>
    (CostEvent Event, long InputHash)? NewCost { get; set; }
}
