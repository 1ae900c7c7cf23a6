using System.Text.Json;
using System.Text.Json.Nodes;
using McpBilling.Catalog;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Mcp;
using McpBilling.Server.Tests.Usage;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Catalog;

/// <summary>The schema that editors get: the same everywhere, and of one mind with the reader about whatever a schema can say.</summary>
public sealed class CatalogSchemaTests
{
    private const string Meter = """{"id":"m","event_type":"e","aggregation":"sum"}""";

    /// <summary>Documents that only differ in what a schema can judge: references, order and scales are right in each.</summary>
    public static TheoryData<string> Judged =>
    [
        "{}", "[]", "null", CatalogSchema.Example, GetStarted.ExampleCatalog,
        """{"assets":null,"meters":null,"products":null,"signup":null,"customers":null,"time_zone":null,"$schema":null}""",
        """{"asets":[]}""", """{"plans":[]}""", """{"assets":{}}""", """{"assets":[{}]}""", """{"assets":[{"id":"Image Credits"}]}""", """{"assets":[{"id":""}]}""",
        """{"assets":[{"id":"c","scale":12}]}""", """{"assets":[{"id":"c","scale":"12"}]}""", """{"assets":[{"id":"c","scale":13}]}""", """{"assets":[{"id":"c","scale":2.5}]}""", """{"assets":[{"id":"c","scale":null}]}""",
        """{"assets":[{"id":"c","rounding":"half_up"}]}""", """{"assets":[{"id":"c","rounding":"half_evn"}]}""", """{"assets":[{"id":"c","rounding":null}]}""",
        """{"meters":[{"id":"m","event_type":"e"}]}""", """{"meters":[{"id":"m","event_type":"","aggregation":"count"}]}""", """{"meters":[{"id":"m","event_type":"e","aggregation":"average"}]}""",
        """{"meters":[{"id":"m","event_type":"e","aggregation":"max"}]}""", """{"meters":[{"id":"m","event_type":"e","aggregation":"max","property":null}]}""", """{"meters":[{"id":"m","event_type":"e","aggregation":"max","property":"p"}]}""",
        """{"meters":[{"id":"m","event_type":"e","aggregation":"count","property":"p"}]}""", """{"meters":[{"id":"m","event_type":"e","aggregation":"count","property":null}]}""",
        """{"meters":[{"id":"m","event_type":"e","aggregation":"sum","weight_by":"time"}]}""", """{"meters":[{"id":"m","event_type":"e","aggregation":"count","weight_by":"time"}]}""",
        """{"meters":[{"id":"m","event_type":"e","aggregation":"sum","filter":{"p":["a"]}}]}""", """{"meters":[{"id":"m","event_type":"e","aggregation":"sum","filter":{"p":[]}}]}""", """{"meters":[{"id":"m","event_type":"e","aggregation":"sum","filter":{"p":[1]}}]}""",
        """{"products":[{"id":"p","charge":"both"}]}""", """{"products":[{"id":"p","pay_as_you_go":"yes"}]}""", """{"products":[{"id":"p","pay_as_you_go":null,"charge":null,"prices":null}]}""",
        """{"signup":{"grants":[{"asset":"usd","amount":"0"}]}}""", """{"signup":{"grants":[{"asset":"usd","amount":0}]}}""", """{"signup":{"grants":[{"asset":"usd","amount":5,"expires_after_days":"30","priority":null}]}}""",
        """{"signup":{"grants":[{"asset":"usd","amount":"-1"}]}}""", """{"signup":{"grants":[{"asset":"usd"}]}}""", """{"signup":{"grants":[{"asset":"usd","amount":"1","expires_after_days":0}]}}""", """{"customers":{"auto_create":"yes"}}""",
        Priced("\"model\":\"per_unit\",\"unit_price\":\"0.04\""), Priced("\"model\":\"per_unit\",\"unit_price\":0.04"), Priced("\"model\":\"per_unit\""), Priced("\"model\":\"per_unit\",\"unit_price\":null"),
        Priced("\"model\":\"per_unit\",\"unit_price\":\"-1\""), Priced("\"model\":\"per_unit\",\"unit_price\":-1"), Priced("\"model\":\"per_unit\",\"unit_price\":\"$1\""), Priced("\"model\":\"per_unit\",\"unit_price\":true"),
        Priced("\"model\":\"per_unit\",\"price\":4"), Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"amount\":\"1\""), Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"amount\":null,\"tiers\":null"),
        Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"per\":\"1000\""), Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"per\":0"), Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"per\":\"0.00\""), Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"period\":\"yearly\""),
        Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"max_per_period\":null,\"free_units\":5"), Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"effective_at\":\"tomorrow\""), Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"effective_at\":\"2026-11-24T10:00:00Z\""),
        Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"where\":{\"model\":[]}"), Priced("\"model\":\"per_unit\",\"unit_price\":\"1\",\"min_per_period\":\"1\""), Priced("\"model\":\"tiered\",\"unit_price\":\"1\""),
        Priced("\"model\":\"flat\",\"amount\":\"9\""), Priced("\"model\":\"flat\",\"unit_price\":\"9\""), Priced("\"model\":\"cost_plus\",\"markup_percent\":\"30\""),
        Priced("\"model\":\"cost_plus\""), Priced("\"model\":\"cost_plus\",\"markup_percent\":-1"), Priced("\"model\":\"cost_plus\",\"markup_percent\":30,\"fixed_per_event\":\"0.002\""), Priced("\"model\":\"cost_plus\",\"markup_percent\":30,\"per\":\"5\""),
        Priced("\"model\":\"cost_plus\",\"markup_percent\":\"30\"").Replace("\"usd\"", "\"eur\"", StringComparison.Ordinal), Priced("\"model\":\"flat\",\"amount\":\"1\",\"hold_policy\":{\"kind\":\"max\"}"), Priced("\"model\":\"flat\",\"amount\":\"1\",\"hold_policy\":{\"kind\":\"max\",\"amount\":\"1\"}"),
        Priced("\"model\":\"graduated\",\"tiers\":[{\"up_to\":\"10\",\"unit_price\":\"1\"},{\"up_to\":null,\"unit_price\":0.5}]"), Priced("\"model\":\"graduated\",\"tiers\":[{\"unit_price\":\"1\"}]"),
        Priced("\"model\":\"graduated\",\"tiers\":[]"), Priced("\"model\":\"graduated\""), Priced("\"model\":\"graduated\",\"tiers\":[{\"up_to\":\"10\",\"unit_price\":\"1\"}]"), Priced("\"model\":\"graduated\",\"tiers\":[{\"up_to\":null}]"),
        Priced("\"model\":\"volume\",\"tiers\":[{\"up_to\":null,\"flat_price\":\"1\"}]"), Priced("\"model\":\"volume\",\"tiers\":[{\"up_to\":null,\"unit_price\":\"1\",\"percent\":\"2\"}]"),
        Priced("\"model\":\"stairstep\",\"tiers\":[{\"up_to\":null,\"flat_price\":\"1\"}]"), Priced("\"model\":\"stairstep\",\"tiers\":[{\"up_to\":null,\"unit_price\":\"1\"}]"), Priced("\"model\":\"stairstep\",\"tiers\":[{\"flat_price\":\"1\",\"unit_price\":\"1\"}]"),
        Priced("\"model\":\"graduated_percentage\",\"tiers\":[{\"percent\":\"1\"}]"), Priced("\"model\":\"graduated_percentage\",\"tiers\":[{\"unit_price\":\"1\"}]"),
        Priced("\"model\":\"package\",\"package_size\":\"10\",\"package_price\":\"1\""), Priced("\"model\":\"package\",\"package_size\":\"10\""), Priced("\"model\":\"package\",\"package_size\":0,\"package_price\":\"1\""),
        Priced("\"model\":\"percentage\",\"percent\":\"2.9\",\"free_events\":\"3\""), Priced("\"model\":\"percentage\",\"percent\":\"2.9\",\"free_events\":-1"), Priced("\"model\":\"percentage\",\"percent\":\"2.9\",\"unit_price\":\"1\""),
        Priced("\"model\":\"matrix\",\"dimensions\":[\"d\"],\"rows\":[{\"values\":[\"x\"],\"unit_price\":1}],\"default\":null"), Priced("\"model\":\"matrix\",\"dimensions\":[\"d\"]"), Priced("\"model\":\"matrix\",\"rows\":[{\"values\":[\"x\"],\"unit_price\":1}]"),
        Priced("\"model\":\"flat\",\"amount\":\"1\",\"hold_policy\":{\"kind\":\"flat\",\"amount\":\"1\"}"), Priced("\"model\":\"flat\",\"amount\":\"1\",\"hold_policy\":{\"kind\":\"flat\"}"), Priced("\"model\":\"flat\",\"amount\":\"1\",\"hold_policy\":{\"kind\":\"estimate\",\"amount\":\"1\"}"), Priced("\"model\":\"flat\",\"amount\":\"1\",\"hold_policy\":{\"kind\":\"learned\"}"), Priced("\"model\":\"flat\",\"amount\":\"1\",\"hold_policy\":{\"kind\":\"learned\",\"amount\":\"1\"}"), Priced("\"model\":\"flat\",\"amount\":\"1\",\"hold_policy\":{\"kind\":\"guess\"}"),
    ];

    [Fact]
    public async Task An_independent_validator_judges_documents_as_the_reader_does()
    {
        await NpmChecks.RequireTools();
        var folder = Directory.CreateTempSubdirectory("mcp-billing-schema-");
        try
        {
            var cases = new JsonArray();
            foreach (string document in Judged.Select(row => row.Data).Concat(Published()))
            {
                using var parsed = JsonDocument.Parse(document);
                cases.Add((JsonNode)new JsonObject { ["document"] = JsonNode.Parse(document), ["valid"] = CatalogReader.Read(parsed.RootElement).Document is not null });
            }
            Assert.InRange(cases.Count(c => (bool)c!["valid"]!), 25, cases.Count - 40);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "schema.json"), CatalogSchema.Text);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "cases.json"), cases.ToJsonString());
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "check.cjs"), """
                const { createRequire } = require("node:module");
                const fs = require("node:fs");
                const load = createRequire(process.env.MCP_CHECKS_TOOLS + "/main/package.json");
                const Ajv = load("ajv/dist/2020").default, formats = load("ajv-formats").default;
                // The editor's own keyword; allOf and if/then spread properties over subschemas, which strict mode calls a mistake.
                const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true, keywords: ["doNotSuggest"] });
                formats(ajv);
                const read = name => JSON.parse(fs.readFileSync(__dirname + "/" + name, "utf8"));
                const validate = ajv.compile(read("schema.json"));
                let wrong = 0;
                for (const { document, valid } of read("cases.json")) {
                  if (validate(document) !== valid) {
                    wrong++;
                    console.log(`FAIL ${JSON.stringify(document)} should be ${valid ? "valid" : "refused"}: ${JSON.stringify(validate.errors)}`);
                  }
                }
                process.exit(wrong ? 1 : 0);
                """);
            await NpmChecks.Run($"node '{folder.FullName}/check.cjs'", folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_checked_in_schema_is_what_the_types_say()
    {
        string path = Repository.PathTo("docs", "billing.schema.json");
        if (Repository.Updating)
        {
            File.WriteAllText(path, CatalogSchema.Text);
        }
        Assert.Equal(CatalogSchema.Text, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task It_is_the_same_at_every_door_and_needs_no_key()
    {
        await using var server = await LiveServer.Start();
        var reply = await server.With(null).Get("/schema/billing.json");
        Assert.Equal((200, "application/schema+json"), (reply.Status, reply.Headers["Content-Type"]));
        Assert.Equal(CatalogSchema.Text, reply.Text);

        await using var shop = new CatalogShop();
        Assert.Equal(CatalogSchema.Text, await Schema());
        await using var pair = await McpPair.Connect(shop.Surface(), McpPair.Discover);
        var resource = await pair.Client.ReadResourceAsync(CatalogSchema.Id);
        var text = Assert.IsType<TextResourceContents>(Assert.Single(resource.Contents));
        Assert.Equal((CatalogSchema.Text, "application/schema+json"), (text.Text, text.MimeType));
    }

    [Fact]
    public void An_editor_is_told_what_it_needs()
    {
        var schema = CatalogSchema.Document;
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)schema["$schema"]);
        Assert.Equal("billing://schema/billing.json", (string?)schema["$id"]);
        var price = schema["properties"]!["products"]!["items"]!["properties"]!["prices"]!["items"]!;
        Assert.Contains("per_unit", price["properties"]!["model"]!["enum"]!.AsArray().Select(n => (string?)n));
        Assert.Equal("month", (string?)price["properties"]!["period"]!["default"]);
        Assert.All((JsonObject)price["properties"]!, p => Assert.NotNull(p.Value!["description"]));
        Assert.DoesNotContain("x-", CatalogSchema.Text.Split('"').Where(w => w.StartsWith("x-", StringComparison.Ordinal)));
        Assert.Empty(CatalogReader.Read(JsonDocument.Parse(CatalogSchema.Example).RootElement).Problems);
    }

    /// <summary>Every whole document that the repository shows: examples, and the JSON blocks of the README and of the topics.</summary>
    private static IEnumerable<string> Published()
    {
        yield return File.ReadAllText(Repository.PathTo("examples", "image-studio", "billing.json"));
        foreach (string page in Directory.GetFiles(Repository.PathTo("docs", "topics"), "*.md").Append(Repository.PathTo("README.md")))
        {
            string[] parts = File.ReadAllText(page).ReplaceLineEndings("\n").Split("```");
            foreach (string block in parts.Where((_, i) => i % 2 == 1).Where(b => b.StartsWith("json\n", StringComparison.Ordinal)).Select(b => b[5..]))
            {
                if (block.Contains("\"products\"", StringComparison.Ordinal) && block.TrimStart().StartsWith('{') && !block.Contains("\"document\"", StringComparison.Ordinal) && !block.Contains('…', StringComparison.Ordinal))
                {
                    yield return block;
                }
            }
        }
    }

    private static async Task<string> Schema()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, await Server.Commands.CommandLine.Run(["schema"], Server.Hosting.Parts.OfProgram(), new Server.Commands.Terminal(output, error, _ => null), inputIsPiped: false));
        return output.ToString();
    }

    private static string Priced(string fields) => $$"""{"meters":[{{Meter}}],"products":[{"id":"p","prices":[{"id":"a","meter":"m","asset":"usd",{{fields}}}]}]}""";
}
