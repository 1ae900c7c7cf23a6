using System.Text.Json;

namespace McpBilling.Server.Mcp;

/// <summary>What a line of a stdio session is: a request has a method and an id, an answer an id and no method; both at the top of the object.</summary>
internal readonly ref struct MessageLine
{
    private MessageLine(MessageKind kind, ReadOnlySpan<byte> id)
    {
        Kind = kind;
        Id = id;
    }

    public MessageKind Kind { get; }

    /// <summary>As it was written, quotes included; empty where there is none.</summary>
    public ReadOnlySpan<byte> Id { get; }

    public static MessageLine Of(ReadOnlySpan<byte> line)
    {
        bool method = false;
        ReadOnlySpan<byte> id = [];
        try
        {
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                {
                    continue;
                }
                bool isId = reader.ValueTextEquals("id"u8);
                method |= reader.ValueTextEquals("method"u8);
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (isId)
                {
                    id = line[start..(int)reader.BytesConsumed];
                }
            }
        }
        catch (JsonException)
        {
            return default;
        }
        return id.IsEmpty ? default : new(method ? MessageKind.Request : MessageKind.Answer, id);
    }
}

internal enum MessageKind
{
    Other,
    Request,
    Answer,
}
