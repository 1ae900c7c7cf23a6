namespace McpBilling.Server.Commands;

/// <summary>What a command may know of the place it runs in.</summary>
/// <param name="Out">Answers; nothing else, so that they can be piped.</param>
/// <param name="Error">Notes and failures for people.</param>
/// <param name="Environment">Reads an environment variable.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, Func<string, string?> Environment)
{
    public static Terminal OfProcess { get; } = new(Console.Out, Console.Error, System.Environment.GetEnvironmentVariable);
}
