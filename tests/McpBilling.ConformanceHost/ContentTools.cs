using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Mcp;
using ModelContextProtocol.Protocol;

namespace McpBilling.ConformanceHost;

/// <summary>A tool for each kind of content that an answer may have, and one whose schema has everything a schema may have.</summary>
internal static class ContentTools
{
    private const string RichSchema =
        """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object",
          "$defs": {
            "address": { "$anchor": "addressDef", "type": "object", "properties": { "street": { "type": "string" }, "city": { "type": "string" } } }
          },
          "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" }
          },
          "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
          "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
          "then": { "required": ["phone"] },
          "else": { "required": ["email"] },
          "additionalProperties": false
        }
        """;

    public static IEnumerable<ConversationTool> All =>
    [
        Fixture.Tool("test_simple_text", "Answers with a text.", _ => Fixture.Text("This is a simple text response for testing.")),
        Fixture.Tool("test_image_content", "Answers with a picture.", _ => Of(Picture)),
        Fixture.Tool("test_audio_content", "Answers with a sound.", _ => Of(AudioContentBlock.FromBytes(Media.Wav, "audio/wav"))),
        Fixture.Tool("test_embedded_resource", "Answers with a resource.", _ => Of(Embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."))),
        Fixture.Tool("test_multiple_content_types", "Answers with a text, a picture and a resource.", _ => Of(
            new TextContentBlock { Text = "Multiple content types test:" }, Picture, Embedded("test://mixed-content-resource", "application/json", """{"test":"data","value":123}"""))),
        Fixture.Tool("test_error_handling", "Always refuses.", _ => throw new BillingException(ErrorCode.InvalidRequest, "This tool intentionally returns an error for testing")),
        new(Fixture.Define("json_schema_2020_12_tool", "Has a schema with everything.", JsonElement.Parse(RichSchema)), Scopes.CatalogRead, null, (_, _) => ValueTask.FromResult(Fixture.Text("taken"))),
    ];

    private static ImageContentBlock Picture => ImageContentBlock.FromBytes(Media.Png, "image/png");

    private static EmbeddedResourceBlock Embedded(string uri, string type, string text) => new() { Resource = new TextResourceContents { Uri = uri, MimeType = type, Text = text } };

    private static CallToolResult Of(params ContentBlock[] content) => new() { Content = [.. content] };
}
