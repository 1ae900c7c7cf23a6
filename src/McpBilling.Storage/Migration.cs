using System.Globalization;
using System.Reflection;

namespace McpBilling.Storage;

/// <summary>One step of the schema.</summary>
/// <param name="Number">Counted from 1, without gaps.</param>
/// <param name="Sql">Written for SQLite; each engine puts it into its own words.</param>
/// <param name="EndsOlderWriters">
/// Whether programs that do not know it must not write after it: what they leave out would be missing, or what they write would be wrong. Else it only adds what they
/// need not know.
/// </param>
internal sealed record Migration(int Number, string Name, string Sql, bool EndsOlderWriters)
{
    private const string Folder = "McpBilling.Storage.Migrations.";
    private const string GoOn = "-- older writers: go on", Stop = "-- older writers: stop";

    // Before, programs did not look: nobody who runs one would be stopped by what a step says.
    private const int FirstThatSays = 17;

    /// <summary>All that this program knows, in their order.</summary>
    public static IReadOnlyList<Migration> All { get; } =
    [
        .. typeof(Migration).Assembly.GetManifestResourceNames()
            .Where(r => r.StartsWith(Folder, StringComparison.Ordinal) && r.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(r => Of(int.Parse(r.AsSpan(Folder.Length, 4), CultureInfo.InvariantCulture), r[(Folder.Length + 5)..^4], Read(r))),
    ];

    /// <param name="sql">From step 17 on its first line says what becomes of older writers.</param>
    /// <exception cref="InvalidOperationException">It does not say.</exception>
    public static Migration Of(int number, string name, string sql)
    {
        string first = sql.Split('\n', 2)[0].TrimEnd();
        return first switch
        {
            GoOn => new(number, name, sql, false),
            Stop => new(number, name, sql, true),
            _ when number < FirstThatSays => new(number, name, sql, true),
            _ => throw new InvalidOperationException($"The first line of migration {number} must be \"{GoOn}\" or \"{Stop}\"."),
        };
    }

    private static string Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
