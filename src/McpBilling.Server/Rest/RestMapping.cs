using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace McpBilling.Server.Rest;

/// <summary>The runtime API: one endpoint per operation that has a route.</summary>
internal static class RestMapping
{
    /// <param name="watch">What notes the requests of an operation that leave no row.</param>
    /// <param name="remembers">Endpoints leave the caller in the request's items, for whoever tells of requests.</param>
    public static void MapOperations(
        this IEndpointRouteBuilder endpoints, IReadOnlyList<Operation> operations, IBilling billing, Authentication authentication, LongOperations longOperations,
        JsonSerializerOptions json, Func<Operation, AppWatch?>? watch = null, bool remembers = false)
    {
        foreach (var operation in operations.Where(o => o.Route is not null))
        {
            var endpoint = new RestEndpoint(operation, billing, authentication, longOperations, json, watch?.Invoke(operation), remembers);
            endpoints.Map(RoutePatternFactory.Parse(endpoint.Route.Pattern), operation.TakesMany ? BatchThreads.Behind(endpoint.Handle) : endpoint.Handle)
                .WithMetadata(new HttpMethodMetadata([endpoint.Route.Method]), endpoint);
        }
    }
}
