using McpBilling.Payments.Sandbox;

namespace McpBilling.Tests.Payments;

/// <summary>The sandbox's memory, in memory.</summary>
internal sealed class SandboxMemory : ISandboxStore
{
    private readonly Dictionary<string, string> _documents = new(StringComparer.Ordinal);

    public ValueTask<string?> Read(string id, CancellationToken cancellation) => new(_documents.GetValueOrDefault(id));

    public ValueTask<bool> Write(string id, string? before, string after, CancellationToken cancellation)
    {
        if (_documents.GetValueOrDefault(id) != before)
        {
            return new(false);
        }
        _documents[id] = after;
        return new(true);
    }
}
