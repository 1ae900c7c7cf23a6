using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Rest;

namespace McpBilling.Server.Hosting;

/// <summary>
/// <c>/livez</c> and <c>/healthz</c>: the process lives. <c>/readyz</c>: it can do all its work; a balancer sends requests elsewhere until then. <c>/readyz/reads</c>: it can at least be read
/// from, for a balancer that tells reads from writes. What is not ready is a problem with <c>readable</c> and <c>writable</c>; all say which data it is about.
/// </summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder endpoints, IHealth health)
    {
        foreach (string path in (ReadOnlySpan<string>)["/livez", "/healthz"])
        {
            endpoints.MapGet(path, (RequestDelegate)(context => Answer(context, "ok", null, health.Data))).WithMetadata(PublicEndpoint.Itself);
        }
        endpoints.MapGet("/readyz", (RequestDelegate)(context => Ready(context, health, static r => r.Writable))).WithMetadata(PublicEndpoint.Itself);
        endpoints.MapGet("/readyz/reads", (RequestDelegate)(context => Ready(context, health, static r => r.Readable))).WithMetadata(PublicEndpoint.Itself);
    }

    private static async Task Ready(HttpContext context, IHealth health, Func<Readiness, bool> isEnough)
    {
        var ready = await health.Look();
        await (isEnough(ready)
            ? Answer(context, ready.Writable ? "ready" : "read_only", ready, health.Data)
            : ProblemWriter.Write(context, new BillingException(ready.Code, ready.Reason ?? "The server is not ready yet."), more: json => Tell(json, ready, health.Data)));
    }

    private static async Task Answer(HttpContext context, string status, Readiness? ready, string? data)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status", status);
            Tell(json, ready, data);
            json.WriteEndObject();
        }
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.Length;
        await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
    }

    private static void Tell(Utf8JsonWriter json, Readiness? ready, string? data)
    {
        if (ready is not null)
        {
            json.WriteBoolean("readable", ready.Readable);
            json.WriteBoolean("writable", ready.Writable);
        }
        if (data is not null)
        {
            json.WriteString("data", data);
        }
    }
}
