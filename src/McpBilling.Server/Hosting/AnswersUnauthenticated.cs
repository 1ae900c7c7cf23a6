namespace McpBilling.Server.Hosting;

/// <summary>
/// Marks an endpoint that requests without a good key may reach: because it needs none, or because it refuses them in its own way. Every other endpoint is
/// closed to them.
/// </summary>
internal sealed class AnswersUnauthenticated
{
    public static readonly AnswersUnauthenticated Itself = new();
}
