using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using McpBilling.Server.Tests.Commands;

namespace McpBilling.Server.Tests.Integration;

/// <summary>A billing server with a catalog, and the apps of one language around the code generated for it, each started when it is first asked for.</summary>
public sealed class GeneratedApps<TLanguage> : IAsyncLifetime
    where TLanguage : IAppLanguage
{
    internal static readonly string[] Styles = ["authorize_capture", "record_after", "streaming", "llm"];

    /// <summary>A credit per image, and a credit per 100 tokens; 100 credits at sign-up.</summary>
    private const string Catalog =
        """
        {"assets":[{"id":"credits","name":"Credits"}],
         "meters":[{"id":"images","event_type":"image.generated","aggregation":"sum"},
                   {"id":"input-tokens","event_type":"llm.completed","aggregation":"sum","property":"input_tokens"},
                   {"id":"output-tokens","event_type":"llm.completed","aggregation":"sum","property":"output_tokens"}],
         "products":[{"id":"image-generation","prices":[{"id":"image-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"}]},
                     {"id":"chat","prices":[{"id":"chat-in","meter":"input-tokens","asset":"credits","model":"per_unit","unit_price":"0.01"},
                                            {"id":"chat-out","meter":"output-tokens","asset":"credits","model":"per_unit","unit_price":"0.01"}]}],
         "top_ups":{"packs":[{"id":"small","price":"5","currency":"usd","credit":{"asset":"credits","amount":"100"}}]},
         "signup":{"grants":[{"asset":"credits","amount":"100"}]}}
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mcp-billing-apps-");
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ConcurrentDictionary<string, Lazy<Task<IApp>>> apps = new(StringComparer.Ordinal);
    private readonly List<AppFolder> folders = [];
    private ProgramProcess billing = null!;

    internal string Key { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await TLanguage.Require();
        string data = Path.Combine(folder.FullName, "billing.db");
        billing = await ProgramProcess.Serve(data);
        Key = (await ProgramProcess.Run(data, "keys", "create", "--name", "apps")).Out.Trim();
        http.DefaultRequestHeaders.Authorization = new("Bearer", Key);
        await Post("catalog/apply", new { document = JsonElement.Parse(Catalog) });
        await Generate();
        await TLanguage.Build(Root, folders);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps.Values)
        {
            await using var started = await app.Value;
            await started.Proxy.DisposeAsync();
        }
        http.Dispose();
        await billing.DisposeAsync();
        folder.Delete(recursive: true);
    }

    /// <summary>The app of a variant. One app has all doors, but in languages where each framework is a server of its own.</summary>
    internal Task<IApp> App(string style, string mode, string door)
    {
        string server = TLanguage.ServerPerDoor ? door : "none";
        return apps.GetOrAdd($"{style} {mode} {server}", _ => new(async () =>
            await TLanguage.Start(folders.Single(f => f.Style == style && f.OnUnavailable == mode), server, await FaultProxy.Start(billing.Url), Key))).Value;
    }

    /// <summary>What an app says when it is started without a key.</summary>
    internal async Task<string> SaidWithoutKey()
    {
        await using var proxy = await FaultProxy.Start(billing.Url);
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => TLanguage.Start(folders[0], "none", proxy, ""));
        return failed.Message;
    }

    /// <summary>Credits: what is there, and what is held.</summary>
    internal async Task<(decimal Available, decimal Held)> Credits(string customer)
    {
        var wallet = await Get($"customers/{customer}/wallet");
        var account = wallet.GetProperty("accounts").EnumerateArray().Single(a => a.GetProperty("asset").GetString() == "credits");
        return (Number(account, "available"), Number(account, "held"));
    }

    internal async Task<JsonElement[]> Events(string customer) => [.. (await Get($"usage?customer_id={customer}")).GetProperty("events").EnumerateArray()];

    /// <summary>The newest first.</summary>
    internal async Task<JsonElement[]> Costs(string customer) => [.. (await Get($"costs?customer_id={customer}")).GetProperty("costs").EnumerateArray()];

    internal async Task<JsonElement> Post(string path, object body)
    {
        using var answer = await http.PostAsJsonAsync($"{billing.Url}/v1/{path}", body);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    /// <summary>The page to which a link into the portal leads.</summary>
    internal async Task<string> Follow(string link)
    {
        Assert.StartsWith(billing.Url + "/portal/enter/", link, StringComparison.Ordinal);
        using var browser = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        return await browser.GetStringAsync(link);
    }

    private string Root => Path.Combine(folder.FullName, "apps");

    private async Task Generate()
    {
        string own = Path.Combine(Needs.RepositoryFolder, "tests", "McpBilling.Server.Tests", "Integration", "apps", TLanguage.Name);
        foreach (string style in Styles)
        {
            foreach (string mode in (string[])["closed", "open"])
            {
                string at = Directory.CreateDirectory(Path.Combine(Root, $"{style}-{mode}")).FullName;
                foreach (string framework in TLanguage.Frameworks.Append("none"))
                {
                    var made = await Post("integrations", new { language = TLanguage.Name, framework, style, on_unavailable = mode });
                    foreach (var file in made.GetProperty("files").EnumerateArray())
                    {
                        string path = Path.Combine(at, file.GetProperty("path").GetString()!);
                        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                        await File.WriteAllTextAsync(path, file.GetProperty("content").GetString());
                    }
                }
                foreach (string file in Directory.GetFiles(own))
                {
                    File.Copy(file, Path.Combine(at, Path.GetFileName(file)));
                }
                folders.Add(new AppFolder(at, style, mode));
            }
        }
    }

    private async Task<JsonElement> Get(string path) => JsonElement.Parse(await http.GetStringAsync($"{billing.Url}/v1/{path}"));

    private static decimal Number(JsonElement account, string field) => decimal.Parse(account.GetProperty(field).GetString()!, CultureInfo.InvariantCulture);
}
