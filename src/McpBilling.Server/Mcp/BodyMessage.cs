using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace McpBilling.Server.Mcp;

/// <summary>The JSON-RPC message in a request's body, read before the SDK reads it.</summary>
internal static class BodyMessage
{
    /// <summary>Null when there is none or it is no JSON. The body can be read again afterwards. Bounded by the server's bound on bodies.</summary>
    public static async ValueTask<JsonDocument?> Peek(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method))
        {
            return null;
        }
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        body.Position = 0;
        request.Body = body;
        try
        {
            return JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The message's <c>params</c>, where it is a request that has them.</summary>
    public static JsonElement? Params(this JsonDocument message) => message.RootElement.Member("params");

    /// <summary>A member of an object; null when there is none.</summary>
    public static JsonElement? Member(this JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : null;

    /// <summary>A member that is a text; null when there is none.</summary>
    public static string? Text(this JsonElement of, string name) => of.Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
