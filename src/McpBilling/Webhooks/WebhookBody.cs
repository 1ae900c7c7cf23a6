using System.Text.Json;
using McpBilling.Operations;

namespace McpBilling.Webhooks;

/// <summary>The body of a message as it is sent. The same message gives the same bytes at every attempt.</summary>
public static class WebhookBody
{
    /// <param name="id">The message's id (msg_…), which the header repeats.</param>
    public static byte[] Write(string id, Mode mode, OutboxMessage message)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("type", message.Type);
            json.WriteString("timestamp", message.At.ToString());
            json.WriteString("mode", mode == Mode.Live ? "live" : "test");
            if (message.CustomerId is { } customer)
            {
                json.WriteString("customer_id", customer);
            }
            json.WritePropertyName("data");
            json.WriteRawValue(message.Data);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
