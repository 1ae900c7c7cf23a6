using System.Text.RegularExpressions;

namespace McpBilling.Server.Rest;

/// <summary>An operation's route, <c>POST /v1/holds/{hold_id}/capture</c>, taken apart.</summary>
/// <param name="Method">Upper case.</param>
/// <param name="Pattern">The path as ASP.NET writes it, which is the same.</param>
/// <param name="Fields">The input fields that the path fills.</param>
internal sealed partial record RestRoute(string Method, string Pattern, IReadOnlyList<string> Fields)
{
    public bool HasBody => Method is not ("GET" or "DELETE" or "HEAD");

    public static RestRoute Parse(string route)
    {
        int space = route.IndexOf(' ', StringComparison.Ordinal);
        string path = route[(space + 1)..];
        return new(route[..space], path, [.. FieldPattern().Matches(path).Select(m => m.Groups[1].Value)]);
    }

    [GeneratedRegex(@"\{([a-z0-9_]+)\}")]
    private static partial Regex FieldPattern();
}
