using System.Text.Json.Serialization;

namespace McpBilling.Operations;

/// <summary>An output that knows whether this very call made the thing, for the status 201. A replay did not.</summary>
public interface ICreated
{
    [JsonIgnore]
    bool Created { get; }
}
