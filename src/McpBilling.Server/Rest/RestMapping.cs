using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace McpBilling.Server.Rest;

/// <summary>The runtime API: one endpoint per operation that has a route.</summary>
internal static class RestMapping
{
    public static void MapOperations(this IEndpointRouteBuilder endpoints, IReadOnlyList<Operation> operations, IBilling billing, Authentication authentication, LongOperations longOperations, JsonSerializerOptions json)
    {
        foreach (var operation in operations.Where(o => o.Route is not null))
        {
            var endpoint = new RestEndpoint(operation, billing, authentication, longOperations, json);
            endpoints.Map(RoutePatternFactory.Parse(endpoint.Route.Pattern), endpoint.Handle)
                .WithMetadata(new HttpMethodMetadata([endpoint.Route.Method]), endpoint);
        }
    }
}
