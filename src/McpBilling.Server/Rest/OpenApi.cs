using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Operations;

namespace McpBilling.Server.Rest;

/// <summary>The runtime API as an OpenAPI 3.1 document, made from the same rows and records as the endpoints themselves.</summary>
internal static class OpenApi
{
    private const string ProblemReference = "#/components/responses/Problem";

    public static void MapOpenApi(this IEndpointRouteBuilder endpoints, IReadOnlyList<Operation> operations, JsonSerializerOptions json)
    {
        var document = new Lazy<byte[]>(() => JsonSerializer.SerializeToUtf8Bytes(Describe(operations, json), OpenApiJson.Default.JsonObject));
        endpoints.MapGet("/openapi/v1.json", (RequestDelegate)(context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = document.Value.Length;
            return context.Response.Body.WriteAsync(document.Value).AsTask();
        })).WithMetadata(Hosting.PublicEndpoint.Itself);
    }

    public static JsonObject Describe(IReadOnlyList<Operation> operations, JsonSerializerOptions json)
    {
        var paths = new JsonObject();
        foreach (var operation in operations.Where(o => o.Route is not null))
        {
            var route = RestRoute.Parse(operation.Route!);
            if (paths[route.Pattern] is not JsonObject path)
            {
                paths[route.Pattern] = path = [];
            }
#pragma warning disable CA1308 // OpenAPI's names for methods are lower case.
            path[route.Method.ToLowerInvariant()] = DescribeOperation(operation, route, json);
#pragma warning restore CA1308
        }
        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "McpBilling runtime API",
                ["version"] = "1",
                ["description"] = "Amounts and quantities are decimal strings (numbers are accepted on input and read exactly), times RFC 3339 in UTC. "
                    + "Failures are problem details (RFC 9457) with a stable code and a hint. Retry with the same idempotency key whenever an answer did not come.",
            },
            ["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "A key from: mcp-billing keys create --name NAME. Test keys begin with mb_test_, live ones with mb_live_." },
                },
                ["responses"] = new JsonObject { ["Problem"] = DescribeProblem() },
            },
        };
    }

    private static JsonObject DescribeOperation(Operation operation, RestRoute route, JsonSerializerOptions json)
    {
        var input = (JsonObject)JsonSchemas.ForInput(json.GetTypeInfo(operation.InputType)).Published.DeepClone();
        var properties = input["properties"] as JsonObject ?? [];
        var required = (input["required"] as JsonArray ?? []).Select(n => (string)n!).ToHashSet(StringComparer.Ordinal);
        var parameters = new JsonArray();
        foreach (string field in route.Fields)
        {
            parameters.Add((JsonNode)Parameter(field, "path", true, properties[field]));
            properties.Remove(field);
            required.Remove(field);
        }
        if (!route.HasBody)
        {
            foreach (var (name, schema) in properties)
            {
                parameters.Add((JsonNode)Parameter(name, "query", required.Contains(name), schema));
            }
        }
        else if (properties.ContainsKey("idempotency_key"))
        {
            parameters.Add((JsonNode)Parameter("Idempotency-Key", "header", false, properties["idempotency_key"], "Stands in for the field idempotency_key."));
            // Required, but one of two places is enough; the schema language of bodies cannot say that.
            required.Remove("idempotency_key");
        }
        var described = new JsonObject
        {
            ["operationId"] = operation.Name,
            ["summary"] = operation.Title,
            ["description"] = $"{operation.Description}\n\nScope: {operation.Scope}.",
            ["tags"] = new JsonArray(JsonNamingPolicy.SnakeCaseLower.ConvertName(operation.ToolSet.ToString())),
        };
        if (parameters.Count > 0)
        {
            described["parameters"] = parameters;
        }
        if (route.HasBody)
        {
            input.Remove("required");
            if (required.Count > 0)
            {
                input["required"] = new JsonArray([.. properties.Select(p => p.Key).Where(required.Contains).Select(n => (JsonNode)n)]);
            }
            described["requestBody"] = new JsonObject { ["required"] = required.Count > 0, ["content"] = Json(input) };
        }
        described["responses"] = DescribeResponses(operation, json);
        return described;
    }

    private static JsonObject DescribeResponses(Operation operation, JsonSerializerOptions json)
    {
        var output = JsonSchemas.ForOutput(json.GetTypeInfo(operation.OutputType));
        var responses = new JsonObject { ["200"] = new JsonObject { ["description"] = "Done.", ["content"] = Json(output) } };
        if (operation.Creates)
        {
            responses["201"] = new JsonObject { ["description"] = "Created by this request.", ["content"] = Json((JsonObject)output.DeepClone()) };
        }
        foreach (string status in (ReadOnlySpan<string>)["400", "401", "403", "404", "409", "413", "415", "422", "503"])
        {
            responses[status] = new JsonObject { ["$ref"] = ProblemReference };
        }
        return responses;
    }

    private static JsonObject Parameter(string name, string place, bool required, JsonNode? schema, string? description = null)
    {
        var copy = schema?.DeepClone() as JsonObject ?? new JsonObject { ["type"] = "string" };
        string? described = description ?? (string?)copy["description"];
        copy.Remove("description");
        var parameter = new JsonObject { ["name"] = name, ["in"] = place, ["required"] = required, ["schema"] = copy };
        if (described is not null)
        {
            parameter["description"] = described;
        }
        return parameter;
    }

    private static JsonObject Json(JsonObject schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };

    private static JsonObject DescribeProblem()
    {
        static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };
        var codes = ErrorCode.All.Values.Select(c => c.Name).Order(StringComparer.Ordinal);
        return new JsonObject
        {
            ["description"] = "The request was refused and changed nothing.",
            ["content"] = new JsonObject
            {
                [ProblemWriter.ContentType] = new JsonObject
                {
                    ["schema"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["required"] = new JsonArray("type", "title", "status", "code", "detail", "hint", "retryable", "request_id"),
                        ["properties"] = new JsonObject
                        {
                            ["type"] = Text("A name of the kind of problem."),
                            ["title"] = Text("The kind of problem in words; always the same for one code."),
                            ["status"] = new JsonObject { ["type"] = "integer" },
                            ["code"] = Text("Stable name to branch on. Known today: " + string.Join(", ", codes) + "."),
                            ["detail"] = Text("What was wrong this time."),
                            ["field"] = Text("The input field at fault, dotted."),
                            ["hint"] = Text("What to do next."),
                            ["retryable"] = new JsonObject { ["type"] = "boolean", ["description"] = "Whether the same request can succeed later." },
                            ["request_id"] = Text("Name this when you report the problem."),
                            ["problems"] = new JsonObject
                            {
                                ["type"] = "array",
                                ["items"] = new JsonObject
                                {
                                    ["type"] = "object",
                                    ["properties"] = new JsonObject { ["pointer"] = Text("JSON pointer to the place."), ["field"] = Text("The same, dotted."), ["message"] = Text("What is wrong."), ["found"] = Text("What stands there, as JSON."), ["allowed"] = Text("What may stand there: the names, or the rule in words."), ["hint"] = Text("The fix, as something to do.") },
                                },
                            },
                        },
                    },
                },
            },
        };
    }
}

/// <summary>Writes the document.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(JsonObject))]
internal sealed partial class OpenApiJson : System.Text.Json.Serialization.JsonSerializerContext;
