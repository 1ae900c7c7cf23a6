namespace McpBilling.Server.Commands;

/// <summary>What a command may know of the place it runs in.</summary>
internal sealed class Terminal
{
    /// <param name="environment">Reads an environment variable.</param>
    public Terminal(TextWriter output, TextWriter error, Func<string, string?> environment)
        : this(environment) => (Out, Error) = (output, error);

    private Terminal(Func<string, string?> environment) => Environment = environment;

    /// <summary>That of this process. Its writers are made when something is written.</summary>
    public static Terminal OfProcess { get; } = new(System.Environment.GetEnvironmentVariable);

    /// <summary>Answers; nothing else, so that they can be piped.</summary>
    public TextWriter Out { get => field ?? Console.Out; }

    /// <summary>Notes and failures for people.</summary>
    public TextWriter Error { get => field ?? Console.Error; }

    public Func<string, string?> Environment { get; }
}
