namespace McpBilling.Catalog;

/// <summary>A meter ready to take events.</summary>
public sealed class Meter(MeterDefinition definition)
{
    private readonly PropertyConditions filter = new(definition.Filter);

    public MeterDefinition Definition { get; } = definition;
    public string Id => Definition.Id;
    public string EventType => Definition.EventType;

    /// <summary>Whether an event of the meter's type passes its filter.</summary>
    /// <param name="properties">The event's properties as text.</param>
    public bool Fits(IReadOnlyDictionary<string, string> properties) => filter.Fits(properties);
}
