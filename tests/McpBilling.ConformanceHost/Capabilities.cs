using System.Collections.Concurrent;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.ConformanceHost;

/// <summary>What the product does not offer and the suites try: log levels and subscriptions to resources.</summary>
internal static class Capabilities
{
    private static readonly ConcurrentDictionary<(string? Session, string Uri), bool> Subscribed = new();

    public static void Add(McpServerOptions options)
    {
        options.Capabilities!.Logging = new();
        options.Capabilities.Resources!.Subscribe = true;
        options.Handlers.SetLoggingLevelHandler = (_, _) => ValueTask.FromResult(new EmptyResult());
        options.Handlers.SubscribeToResourcesHandler = (request, _) =>
        {
            Subscribed[(request.Server.SessionId, Known(request.Params?.Uri))] = true;
            return ValueTask.FromResult(new EmptyResult());
        };
        options.Handlers.UnsubscribeFromResourcesHandler = (request, _) =>
        {
            Subscribed.TryRemove((request.Server.SessionId, Known(request.Params?.Uri)), out bool _);
            return ValueTask.FromResult(new EmptyResult());
        };
    }

    private static string Known(string? uri) =>
        uri == FixtureResources.Watched ? uri : throw new McpProtocolException($"There is nothing to watch at {uri}.", McpErrorCode.InvalidParams);
}
