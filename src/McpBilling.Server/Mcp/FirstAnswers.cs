using System.Buffers;
using System.Globalization;
using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Server.Mcp;

/// <summary>
/// What a coding tool asks first, <c>initialize</c> and <c>tools/list</c>, answered from what is fixed at build. The MCP library gives the same answers (tests compare
/// them for every revision), but takes some fifty milliseconds to be made, and a coding tool waits for these two.
/// </summary>
/// <remarks>Whatever is asked in another way than clients of these revisions do is left to the library.</remarks>
internal sealed class FirstAnswers
{
    private static readonly SearchValues<char> PlainText = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    private readonly Lazy<byte[]?> tools;

    private FirstAnswers(McpSurface listing) => tools = new(() => WriteTools(listing.Tools));

    /// <summary>Answers for a surface; null where they are the library's to give: calls are watched, or capabilities were added.</summary>
    public static FirstAnswers? Of(McpSurface listing) =>
        listing.IsWatched || !ReferenceEquals(listing.Conversation, Conversation.Empty) ? null : new(listing);

    /// <summary>The answer to a line of <c>initialize</c>, with its end of line; null when it is none, or not as usual.</summary>
    public static byte[]? Greet(ReadOnlySpan<byte> line)
    {
        using var request = Request(line, "initialize"u8, out var id);
        if (request is null
            || request.Params() is not { ValueKind: JsonValueKind.Object } given
            || given.Text("protocolVersion") is not { } revision
            || !RequestCaller.SessionRevisions.Contains(revision, StringComparer.Ordinal)
            || given.Member("capabilities") is not { ValueKind: JsonValueKind.Object }
            || given.Member("clientInfo") is not { ValueKind: JsonValueKind.Object } client
            || client.Text("name") is null
            || client.Text("version") is null)
        {
            return null;
        }
        return Answer(id, json => WriteGreeting(json, revision));
    }

    /// <summary>The answer to a line of <c>tools/list</c>, with its end of line; null when it is none, or asks for more than the whole list.</summary>
    public byte[]? List(ReadOnlySpan<byte> line)
    {
        using var request = Request(line, "tools/list"u8, out var id);
        if (request is null || request.Params() is { } given && (given.ValueKind != JsonValueKind.Object || given.EnumerateObject().MoveNext()))
        {
            return null;
        }
        return tools.Value is { } list ? Answer(id, json => json.WriteRawValue(list, skipInputValidation: true)) : null;
    }

    /// <summary>Makes the list of tools ready.</summary>
    public void Prepare() => _ = tools.Value;

    /// <summary>Whether a line is the notification that comes between the two.</summary>
    public static bool IsInitialized(ReadOnlySpan<byte> line)
    {
        using var message = Parse(line);
        return message is { RootElement: var root } && root.Text("method") == "notifications/initialized" && root.Member("id") is null;
    }

    private static JsonDocument? Request(ReadOnlySpan<byte> line, ReadOnlySpan<byte> method, out string id)
    {
        id = "";
        var message = Parse(line);
        if (message is { RootElement: var root }
            && root.Text("jsonrpc") == "2.0"
            && root.Member("method") is { ValueKind: JsonValueKind.String } asked && asked.ValueEquals(method)
            && root.Member("id") is { } given && PlainId(given) is { } plain)
        {
            id = plain;
            return message;
        }
        message?.Dispose();
        return null;
    }

    private static JsonDocument? Parse(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        try
        {
            var message = JsonDocument.ParseValue(ref reader);
            // Nothing may follow.
            reader.Read();
            return message;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // An id that the library writes as it was sent, so that its own answer can be told by it.
    private static string? PlainId(JsonElement id)
    {
        string sent = id.GetRawText();
        return id.ValueKind switch
        {
            JsonValueKind.Number when id.TryGetInt64(out long number) && sent == number.ToString(CultureInfo.InvariantCulture) => sent,
            JsonValueKind.String when sent.AsSpan(1, sent.Length - 2).ContainsAnyExcept(PlainText) => null,
            JsonValueKind.String => sent,
            _ => null,
        };
    }

    private static byte[] Answer(string id, Action<Utf8JsonWriter> result)
    {
        var bytes = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WritePropertyName("result");
            result(json);
            json.WritePropertyName("id");
            json.WriteRawValue(id, skipInputValidation: true);
            json.WriteString("jsonrpc", "2.0");
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    private static void WriteGreeting(Utf8JsonWriter json, string revision)
    {
        json.WriteStartObject();
        json.WriteString("protocolVersion", revision);
        json.WriteStartObject("capabilities");
        foreach (string capability in (string[])["logging", "prompts", "resources", "tools", "completions"])
        {
            json.WriteStartObject(capability);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        var program = BillingServer.Program;
        json.WriteStartObject("serverInfo");
        json.WriteString("name", program.Name);
        json.WriteString("title", program.Title);
        json.WriteString("version", program.Version);
        json.WriteString("description", program.Description);
        json.WriteStartArray("icons");
        foreach (var icon in program.Icons!)
        {
            json.WriteStartObject();
            json.WriteString("src", icon.Source);
            json.WriteString("mimeType", icon.MimeType);
            json.WriteStartArray("sizes");
            foreach (string size in icon.Sizes!)
            {
                json.WriteStringValue(size);
            }
            json.WriteEndArray();
            json.WriteString("theme", icon.Theme);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("websiteUrl", program.WebsiteUrl);
        json.WriteEndObject();
        json.WriteString("instructions", BillingServer.Instructions);
        json.WriteEndObject();
    }

    private static byte[]? WriteTools(IEnumerable<Operation> operations)
    {
        using var file = JsonDocument.Parse(Embedded.Bytes(ToolsFile.ResourceName));
        var known = file.RootElement.GetProperty("tools").EnumerateArray().ToDictionary(t => t.GetProperty("name").GetString()!, StringComparer.Ordinal);
        var bytes = new ArrayBufferWriter<byte>(65_536);
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        json.WriteStartArray("tools");
        foreach (var operation in operations)
        {
            if (!known.TryGetValue(operation.Name, out var tool) || !tool.GetProperty("description").ValueEquals(operation.Description))
            {
                return null;
            }
            tool.WriteTo(json);
        }
        json.WriteEndArray();
        json.WriteNumber("ttlMs", (long)BillingServer.ListsStayFor.TotalMilliseconds);
        json.WriteString("cacheScope", "public");
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }
}
