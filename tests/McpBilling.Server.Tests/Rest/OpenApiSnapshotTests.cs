using System.Text.Encodings.Web;
using System.Text.Json;
using McpBilling.Server.Rest;
using McpBilling.Server.Tests.Mcp;

namespace McpBilling.Server.Tests.Rest;

/// <summary>The runtime API's contract cannot change unseen: <c>docs/openapi.json</c> is what the program serves.</summary>
public sealed class OpenApiSnapshotTests
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Default) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void The_served_document_equals_the_committed_one()
    {
        string path = Repository.PathTo("docs", "openapi.json");
        string served = OpenApi.Describe(AllOperations.List, BillingJson.Conventions).ToJsonString(Indented) + "\n";
        if (Repository.Updating)
        {
            File.WriteAllText(path, served);
        }
        Assert.True(File.Exists(path), "docs/openapi.json is missing: run the tests once with UPDATE_SNAPSHOTS=1.");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), served);
    }
}
