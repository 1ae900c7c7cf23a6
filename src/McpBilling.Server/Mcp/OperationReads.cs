using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp;

/// <summary>Runs the read operations for resources, suggestions and get_started, so that these have no path of their own to the data.</summary>
internal sealed class OperationReads(McpSurface surface)
{
    /// <summary>The operation's output.</summary>
    /// <exception cref="BillingException">As the operation refuses; <c>not_found</c> when this program has no such operation.</exception>
    public async ValueTask<JsonElement> Run(string name, string input, Caller caller, CancellationToken cancellation)
    {
        var operation = surface.Operations.FirstOrDefault(o => o.Name == name && o.Reads)
            ?? throw new BillingException(ErrorCode.NotFound, $"This program has no operation {name}.");
        caller.Require(operation.Scope);
        object read = JsonSerializer.Deserialize(input, surface.Json.GetTypeInfo(operation.InputType))!;
        object output = await operation.Run(read, caller, surface.Billing, cancellation);
        return JsonSerializer.SerializeToElement(output, surface.Json.GetTypeInfo(operation.OutputType));
    }

    /// <summary>The catalog document, or null where the caller may not read it.</summary>
    public async ValueTask<JsonElement?> Catalog(Caller caller, CancellationToken cancellation)
    {
        try
        {
            var output = await Run("get_catalog", "{}", caller, cancellation);
            return output.TryGetProperty("document", out var document) ? document : output;
        }
        catch (BillingException refusal) when (refusal.Code == ErrorCode.Forbidden || refusal.Code == ErrorCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The first page of customers, or null where the caller may not read them.</summary>
    public async ValueTask<JsonElement?> Customers(Caller caller, CancellationToken cancellation)
    {
        try
        {
            return await Run("list_customers", "{}", caller, cancellation);
        }
        catch (BillingException refusal) when (refusal.Code == ErrorCode.Forbidden || refusal.Code == ErrorCode.NotFound)
        {
            return null;
        }
    }
}
