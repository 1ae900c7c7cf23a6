using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Mcp;

/// <summary>Makes a tool's definition from the row of an operation and the types of its input and output.</summary>
public static class ToolProjection
{
    public const string ConfirmField = "confirm";

    private const string ConfirmSchema =
        """{"type":"boolean","description":"true once the user agreed."}""";

    public static Tool Project(Operation operation, JsonSerializerOptions json)
    {
        var input = InputOutline.Of(JsonSchemas.ForInput(json.GetTypeInfo(operation.InputType)).ForTool());
        var properties = input["properties"] as JsonObject;
        if (properties is null)
        {
            input["properties"] = properties = [];
        }
        if (Confirmations.MayAsk(operation))
        {
            properties[ConfirmField] = JsonNode.Parse(ConfirmSchema);
        }
        return new Tool
        {
            Name = operation.Name,
            Title = operation.Title,
            Description = operation.Description,
            InputSchema = Element(input),
            OutputSchema = Element(OutputOutline.Of(JsonSchemas.ForOutput(json.GetTypeInfo(operation.OutputType)))),
            Annotations = new ToolAnnotations
            {
                ReadOnlyHint = operation.Reads,
                DestructiveHint = operation.Destroys,
                IdempotentHint = operation.Idempotent,
                OpenWorldHint = false,
            },
        };
    }

    private static JsonElement Element(JsonObject node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }
}
