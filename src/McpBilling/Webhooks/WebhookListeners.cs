using System.Collections.Immutable;

namespace McpBilling.Webhooks;

/// <summary>Who listens in a workspace, so that what nobody asked for costs nothing. Endpoints that are turned off still count: what they miss waits for them.</summary>
public sealed class WebhookListeners : IEquatable<WebhookListeners>
{
    public static readonly WebhookListeners None = new([]);

    private readonly ImmutableArray<(long EndpointKey, ulong Types)> _endpoints;
    private readonly ulong _any;

    /// <param name="endpoints">Each with the names of its types; none for all.</param>
    public WebhookListeners(IEnumerable<(long EndpointKey, IReadOnlyCollection<string> Types)> endpoints)
    {
        _endpoints = [.. endpoints.Select(e => (e.EndpointKey, MaskOf(e.Types)))];
        foreach (var (_, types) in _endpoints)
        {
            _any |= types;
        }
    }

    public bool IsEmpty => _any == 0;

    public bool Wants(string type) => (_any & MessageTypes.Of(type).Bit) != 0;

    /// <summary>The endpoints that asked for a type.</summary>
    public IEnumerable<long> Of(string type)
    {
        ulong bit = MessageTypes.Of(type).Bit;
        return _endpoints.Where(e => (e.Types & bit) != 0).Select(e => e.EndpointKey);
    }

    public bool Equals(WebhookListeners? other) => other is not null && _endpoints.SequenceEqual(other._endpoints);

    public override bool Equals(object? obj) => Equals(obj as WebhookListeners);

    public override int GetHashCode() => _endpoints.Length;

    // A type that a newer program knows and this one does not is not among what this one tells.
    private static ulong MaskOf(IReadOnlyCollection<string> types)
    {
        ulong mask = 0;
        foreach (var type in MessageTypes.All)
        {
            mask |= types.Count == 0 || types.Contains(type.Name) ? type.Bit : 0;
        }
        return mask;
    }
}
