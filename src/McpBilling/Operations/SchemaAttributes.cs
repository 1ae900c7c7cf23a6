namespace McpBilling.Operations;

/// <summary>The published schema says that null may be written out (<c>up_to: null</c>). Elsewhere an optional field is just left out.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NullAllowedAttribute : Attribute;

/// <summary>The field is read, so that it can be refused with a reason, but no schema offers it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UnpublishedAttribute : Attribute;

/// <summary>
/// A field for apps, or for the rare case: the REST contract has it, and a tool takes it, but a tool's definition, which is put before the model in every conversation,
/// leaves it out.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotInToolsAttribute : Attribute;

/// <summary>The JSON Schema of a property whose .NET type says too little, such as a <c>JsonElement</c>.</summary>
/// <param name="json">A JSON Schema without description.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class JsonShapeAttribute(string json) : Attribute
{
    /// <summary>Any JSON object.</summary>
    public const string AnyObject = """{"type":"object"}""";

    /// <summary>Flat names with a string, number or boolean each: what an event's properties may be.</summary>
    public const string FlatProperties = """{"type":"object","additionalProperties":{"anyOf":[{"type":"string"},{"type":"number"},{"type":"boolean"}]}}""";

    public string Json { get; } = json;
}
