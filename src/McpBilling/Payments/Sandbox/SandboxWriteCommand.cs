using McpBilling.Operations;

namespace McpBilling.Payments.Sandbox;

/// <summary>Writes a document of the sandbox, if it still is as it was read; answers whether it was.</summary>
public sealed class SandboxWriteCommand(string id, string? before, string after) : Command<bool>
{
    public string Id => id;
    public string? Before => before;
    public string After => after;
}
