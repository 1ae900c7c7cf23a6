namespace McpBilling.Server.Hosting;

/// <summary>Marks an endpoint that tells everybody the same: nobody is identified there, and no attempt is counted.</summary>
internal sealed class PublicEndpoint
{
    public static readonly PublicEndpoint Itself = new();
}
