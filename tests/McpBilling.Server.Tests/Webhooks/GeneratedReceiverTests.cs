using System.Text;
using System.Text.Json;
using Billing;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Integration;
using McpBilling.Webhooks;

namespace McpBilling.Server.Tests.Webhooks;

/// <summary>The receivers that generate_integration writes take what we sign, and nothing else.</summary>
public sealed class GeneratedReceiverTests : IDisposable
{
    private const string Templates = "src/McpBilling/Integration/Templates";
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7))];
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-receiver-");

    public void Dispose() => folder.Delete(recursive: true);

    private static readonly (string Headers, string Body)[] Cases = [.. Made()];

    // Signed right by one of two; changed; by another secret; too old; from the future; without a time; without anything.
    private static readonly string[] Verdicts = ["balance.low nÄnne", "refused", "refused", "refused", "refused", "refused", "refused"];

    [Fact]
    public void In_CSharp() => Assert.Equal(Verdicts, Cases.Select(c =>
    {
        var headers = JsonElement.Parse(c.Headers);
        try
        {
            var message = global::Billing.Webhooks.Read(name => headers.TryGetProperty(name, out var value) ? value.GetString() : null, Encoding.UTF8.GetBytes(c.Body), SigningSecret.Text(Key));
            return $"{message.Type} {message.CustomerId}";
        }
        catch (WebhookRefusedException)
        {
            return "refused";
        }
    }));

    [Fact]
    public async Task In_TypeScript()
    {
        Take("typescript/webhooks.ts", "webhooks.ts");
        Put("package.json", """{"type":"module"}""");
        Put("main.ts",
            """
            import { readFileSync } from 'node:fs';
            import { readWebhook, WebhookRefused } from './webhooks.ts';
            for (const { headers, body } of JSON.parse(readFileSync('cases.json', 'utf8'))) {
              try {
                const message = readWebhook(headers, Buffer.from(body));
                console.log(message.type, message.customer_id);
              } catch (failure) {
                console.log(failure instanceof WebhookRefused ? 'refused' : failure);
              }
            }
            """);
        Assert.Equal(Verdicts, await Run(AppTools.Node, "main.ts"));
    }

    [Fact]
    public async Task In_Python()
    {
        Take("python/webhooks.py", "webhooks.py");
        Put("main.py",
            """
            import json
            from webhooks import WebhookRefused, read_webhook
            for case in json.load(open("cases.json", encoding="utf-8")):
                try:
                    message = read_webhook(case["headers"], case["body"].encode())
                    print(message.type, message.customer_id)
                except WebhookRefused:
                    print("refused")
            """);
        Assert.Equal(Verdicts, await Run(AppTools.Python, "-X", "utf8", "main.py"));
    }

    [Fact]
    public async Task In_Go()
    {
        Directory.CreateDirectory(Path.Combine(folder.FullName, "billing"));
        Take("go/webhooks.go", Path.Combine("billing", "webhooks.go"));
        Put("go.mod", "module app\n\ngo 1.19\n");
        Put("main.go",
            """
            package main

            import (
            	"app/billing"
            	"encoding/json"
            	"errors"
            	"fmt"
            	"net/http"
            	"os"
            )

            func main() {
            	text, _ := os.ReadFile("cases.json")
            	var cases []struct {
            		Headers map[string]string
            		Body    string
            	}
            	if err := json.Unmarshal(text, &cases); err != nil {
            		panic(err)
            	}
            	for _, c := range cases {
            		header := http.Header{}
            		for name, value := range c.Headers {
            			header.Set(name, value)
            		}
            		message, err := billing.ReadWebhook(header, []byte(c.Body))
            		switch {
            		case err == nil:
            			fmt.Println(message.Type, message.CustomerID)
            		case errors.Is(err, billing.ErrWebhookRefused):
            			fmt.Println("refused")
            		default:
            			fmt.Println(err)
            		}
            	}
            }
            """);
        Assert.Equal("", (await ProgramProcess.RunAny(AppTools.Gofmt, ["-l", "billing"], folder.FullName)).Out);
        Assert.Equal(Verdicts, await Run(AppTools.Go, "run", "."));
    }

    private static IEnumerable<(string Headers, string Body)> Made()
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string body = Encoding.UTF8.GetString(WebhookBody.Write("msg_1", Mode.Test, new OutboxMessage(MessageTypes.BalanceLow, Instant.Earliest, "nÄnne", """{"below":"5"}""")));
        string Headers(long at, params byte[][] keys) => JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["webhook-id"] = "msg_1",
            ["webhook-timestamp"] = $"{at}",
            ["webhook-signature"] = WebhookSignature.Sign(keys, "msg_1", at, Encoding.UTF8.GetBytes(body)),
        });
        yield return (Headers(now, [1, 2, 3], Key), body);
        yield return (Headers(now, Key), body.Replace("\"5\"", "\"6\"", StringComparison.Ordinal));
        yield return (Headers(now, [1, 2, 3]), body);
        yield return (Headers(now - 400, Key), body);
        yield return (Headers(now + 400, Key), body);
        yield return ("""{"webhook-id":"msg_1","webhook-timestamp":"soon","webhook-signature":"v1,"}""", body);
        yield return ("{}", body);
    }

    private void Take(string template, string name) => File.Copy(Path.Combine(Needs.RepositoryFolder, Templates, template), Path.Combine(folder.FullName, name));

    private void Put(string name, string text) => File.WriteAllText(Path.Combine(folder.FullName, name), text);

    private async Task<string[]> Run(string program, params string[] arguments)
    {
        Put("cases.json", $"[{string.Join(',', Cases.Select(c => $$"""{"headers":{{c.Headers}},"body":{{JsonSerializer.Serialize(c.Body)}}}"""))}]");
        var done = await ProgramProcess.RunWithin(TimeSpan.FromMinutes(5), program, arguments, folder.FullName, ("MCP_BILLING_WEBHOOK_SECRET", SigningSecret.Text(Key)));
        Assert.True(done.ExitCode == 0, done.Error);
        return done.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
