using System.Collections.Concurrent;
using System.Text;

namespace McpBilling.Integration;

/// <summary>The templates that travel inside the program.</summary>
internal static class TemplateFiles
{
    private static readonly ConcurrentDictionary<string, Template> Loaded = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">There is no such template.</exception>
    public static Template Read(string language, string name) => Loaded.GetOrAdd($"templates/{language}/{name}", resource =>
    {
        using var stream = typeof(TemplateFiles).Assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"{resource} is not in the program.");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new Template(Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').ReplaceLineEndings("\n"));
    });
}
