namespace McpBilling.ConformanceHost;

/// <summary>The smallest picture and sound there are.</summary>
internal static class Media
{
    /// <summary>One red pixel.</summary>
    public static readonly ReadOnlyMemory<byte> Png =
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC");

    /// <summary>A thousandth of a second of silence.</summary>
    public static readonly ReadOnlyMemory<byte> Wav =
        Convert.FromBase64String("UklGRiwAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQgAAACAgICAgICAgA==");
}
