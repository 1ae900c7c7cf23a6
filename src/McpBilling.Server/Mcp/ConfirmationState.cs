using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp;

/// <summary>
/// What travels to the client with a question and comes back with the answer: when it ends and what it was about, signed. An answer to one question
/// can therefore not be used for another tool, other arguments or another key, nor later.
/// </summary>
internal sealed class ConfirmationState(Lazy<byte[]> key, TimeProvider clock)
{
    /// <summary>A digest of who asked for what. The order of the arguments does not count.</summary>
    public static string Bind(string tool, Caller caller, JsonElement arguments)
    {
        var sorted = arguments.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => JsonSerializer.Serialize(p.Name, McpJson.Default.String) + ":" + p.Value.GetRawText());
        string all = string.Create(CultureInfo.InvariantCulture, $"{tool}\n{caller.WorkspaceKey}\n{caller.KeyId}\n{string.Join(",", sorted)}");
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    public string Issue(string bound, TimeSpan validFor)
    {
        string content = string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow().Add(validFor).ToUnixTimeSeconds()}.{bound}");
        return content + "." + Sign(content);
    }

    public bool Holds(string? state, string bound)
    {
        if (state is null || state.Split('.') is not [var ends, var about, var signature])
        {
            return false;
        }
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.UTF8.GetBytes(Sign(ends + "." + about)))
            && about == bound
            && long.TryParse(ends, NumberStyles.None, CultureInfo.InvariantCulture, out long until)
            && until >= clock.GetUtcNow().ToUnixTimeSeconds();
    }

    private string Sign(string content) => Base64Url.EncodeToString(HMACSHA256.HashData(key.Value, Encoding.UTF8.GetBytes(content)));
}
