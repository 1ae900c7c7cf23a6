namespace McpBilling.Server.Commands;

/// <summary>What the program ends with.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;
}

/// <summary>A command cannot go on. The message is one line for the person at the terminal.</summary>
internal class CommandException(string message, int exitCode = ExitCodes.Failed) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>Another program, often another of ours, listens there already.</summary>
internal sealed class AddressTakenException(string message) : CommandException(message);
