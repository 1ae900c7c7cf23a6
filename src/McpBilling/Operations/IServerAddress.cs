namespace McpBilling.Operations;

/// <summary>Where people's browsers reach this program: a port that the doors provide, since nothing below them knows it.</summary>
public interface IServerAddress
{
    /// <summary>Such as <c>https://billing.example.com</c>, without a slash at its end; null where no HTTP side is open.</summary>
    string? Url { get; }
}
