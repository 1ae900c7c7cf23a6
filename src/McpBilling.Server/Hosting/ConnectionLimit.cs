using System.Globalization;

namespace McpBilling.Server.Hosting;

/// <summary>
/// How many connections are open at once. Each takes a handle of the process, and the data file needs handles too: strangers who connect and say nothing
/// must not take the last one. Who comes when all are taken is closed at once, and may come again.
/// </summary>
internal static class ConnectionLimit
{
    /// <summary>As many as a process has room for in memory, at some ten KiB each.</summary>
    public const int Most = 20_000;

    /// <summary>
    /// Handles that are kept for the data file, its readers, webhooks and the runtime, which holds one for each assembly: some 170 after the start, and more as
    /// they are needed. One that could not be loaded for want of a handle is never tried again.
    /// </summary>
    private const int Kept = 512;

    private const int Fewest = 64;

    /// <summary>What this process's own limit of handles leaves.</summary>
    public static int OfThisProcess() => Of(Handles());

    /// <param name="handles">The process's limit; null when there is none or it is not known.</param>
    public static int Of(int? handles) => handles is null ? Most : Math.Clamp(handles.Value - Kept, Fewest, Most);

    private static int? Handles()
    {
        const string limits = "/proc/self/limits", name = "Max open files";
        try
        {
            // "Max open files            20000                20000                files": the soft limit, which the runtime has raised to the hard one.
            return File.Exists(limits) && File.ReadLines(limits).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) is { } line
                && int.TryParse(line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], NumberStyles.None, CultureInfo.InvariantCulture, out int handles) ? handles : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
