using System.Text.Json;
using McpBilling.Operations;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Mcp;

/// <summary>
/// The definitions of all shipped tools, fixed at build in <c>tools.json</c>: a process that is started for one question should not spend its first
/// tenth of a second reflecting over records. A test holds the file equal to what the types give.
/// </summary>
public static class ToolsFile
{
    public const string ResourceName = "mcp/tools.json";

    /// <summary>A definition for each operation, in their order; one that the file does not know is projected from its types.</summary>
    public static List<Tool> DefinitionsOf(IEnumerable<Operation> operations, JsonSerializerOptions json)
    {
        var known = Read().ToDictionary(t => t.Name, StringComparer.Ordinal);
        return [.. operations.Select(o => known.TryGetValue(o.Name, out var tool) && tool.Description == o.Description ? tool : ToolProjection.Project(o, json))];
    }

    public static IReadOnlyList<Tool> Read() => JsonSerializer.Deserialize(Embedded.Bytes(ResourceName), ToolsType)!.Tools.ToArray();

    public static string Write(IEnumerable<Tool> tools) =>
        JsonSerializer.Serialize(new ListToolsResult { Tools = [.. tools] }, ToolsType);

    private static System.Text.Json.Serialization.Metadata.JsonTypeInfo<ListToolsResult> ToolsType =>
        (System.Text.Json.Serialization.Metadata.JsonTypeInfo<ListToolsResult>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ListToolsResult));
}
