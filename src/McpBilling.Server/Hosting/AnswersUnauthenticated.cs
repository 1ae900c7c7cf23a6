namespace McpBilling.Server.Hosting;

/// <summary>
/// Marks an endpoint that requests without a good key may reach because it refuses them in its own way. Every other endpoint is closed to them, but those
/// that are <see cref="PublicEndpoint"/>s.
/// </summary>
internal sealed class AnswersUnauthenticated
{
    public static readonly AnswersUnauthenticated Itself = new();
}
