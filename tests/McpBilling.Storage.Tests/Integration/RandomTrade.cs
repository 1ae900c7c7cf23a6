using System.Globalization;
using System.Text.Json.Nodes;
using McpBilling.Money;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Tests.Sqlite;

namespace McpBilling.Storage.Tests.Integration;

/// <summary>Random catalogs and random usage of them: every model and aggregation, versions, where, caps, rounding, alternatives, late events, reversals.</summary>
internal sealed class RandomTrade(SqliteStore store, Desk desk, int seed)
{
    private static readonly string[] Models = ["per_unit", "flat", "graduated", "volume", "stairstep", "package", "percentage", "graduated_percentage", "matrix", "cost_plus"];
    private static readonly string[] Types = ["image", "call", "memory", "login", "level", "stored", "chars"];
    private static readonly string[] Sizes = ["s", "m", "l"];

    private readonly Random _dice = new(seed);
    private readonly JsonObject _document = JsonNode.Parse(
        """
        {"assets":[{"id":"credits","scale":2,"rounding":"half_up"}],
         "meters":[{"id":"images","event_type":"image","aggregation":"sum"},
                   {"id":"big","event_type":"image","aggregation":"count","filter":{"size":["l","m"]}},
                   {"id":"calls","event_type":"call","aggregation":"count"},
                   {"id":"peak","event_type":"memory","aggregation":"max","property":"n"},
                   {"id":"users","event_type":"login","aggregation":"unique_count","property":"user"},
                   {"id":"level","event_type":"level","aggregation":"latest","property":"n"},
                   {"id":"storage","event_type":"stored","aggregation":"sum","property":"n","weight_by":"time"},
                   {"id":"chars","event_type":"chars","aggregation":"sum","property":"n"}],
         "signup":{"grants":[{"asset":"credits","amount":"30"},{"asset":"usd","amount":"5"}]}}
        """)!.AsObject();

    private readonly List<(string Customer, string Id, decimal Quantity)> _events = [];

    public int Recorded => _events.Count;

    /// <summary>What was used of the models, so that a run can say that it tried what it is for.</summary>
    public HashSet<string> Charged { get; } = [];

    public int Reversed { get; private set; }

    public async Task Run(int steps)
    {
        await ApplyNew();
        for (int i = 0; i < steps; i++)
        {
            store.Time.Advance(TimeSpan.FromSeconds(_dice.Next(1, 200_000)));
            switch (_dice.Next(20))
            {
                case 0:
                    await ChangePrice();
                    break;
                case < 4 when _events.Count > 0:
                    await Reverse(i);
                    break;
                default:
                    await Record(i);
                    break;
            }
        }
    }

    private async Task ApplyNew()
    {
        // Now and then a catalog that the checks refuse (two prices that are equally specific, say): then another.
        do
        {
            var products = new JsonArray();
            foreach (string meter in (string[])["images", "big", "calls", "peak", "users", "level", "storage", "chars"])
            {
                bool isChoice = _dice.Next(3) == 0;
                var prices = new JsonArray();
                foreach (string asset in isChoice ? (string[])["credits", "usd"] : [Of("credits", "usd")])
                {
                    prices.Add(Price($"{meter}-{asset}", meter, asset));
                    if (_dice.Next(3) == 0)
                    {
                        var narrow = Price($"{meter}-{asset}-l", meter, asset);
                        narrow["where"] = new JsonObject { ["size"] = new JsonArray("l") };
                        prices.Add(narrow);
                    }
                }
                products.Add(new JsonObject { ["id"] = "p-" + meter, ["charge"] = isChoice ? "first_affordable" : "every_asset", ["prices"] = prices });
            }
            _document["products"] = products;
        }
        while (await desk.Code("apply_catalog", new { document = _document }) != "ok");
    }

    private async Task ChangePrice()
    {
        var products = _document["products"]!.AsArray();
        var prices = products[_dice.Next(products.Count)]!["prices"]!.AsArray();
        int at = _dice.Next(prices.Count);
        var old = prices[at]!.AsObject();
        var next = Price((string)old["id"]!, (string)old["meter"]!, (string)old["asset"]!);
        if (old["where"] is { } where)
        {
            next["where"] = where.DeepClone();
        }
        next["carry"] = _dice.Next(3) > 0;
        if (_dice.Next(4) == 0)
        {
            next["effective_at"] = Instant.From(store.Time.GetUtcNow().AddHours(_dice.Next(1, 50))).ToString();
        }
        prices[at] = next;
        if (await desk.Code("apply_catalog", new { document = _document }) != "ok")
        {
            prices[at] = old;
        }
    }

    private async Task Record(int i)
    {
        string customer = Of("anna", "ben"), type = Of(Types);
        string quantity = Number(0, 40);
        var properties = new JsonObject { ["size"] = Of(Sizes), ["user"] = "u" + _dice.Next(4), ["n"] = Number(0, 60) };
        string? timestamp = _dice.Next(2) == 0 ? null : Instant.From(store.Time.GetUtcNow().AddSeconds(-_dice.Next(0, 1_500_000) + 200)).ToString();
        try
        {
            var answer = await desk.Do("record_usage_event", new { id = $"e{i}", customer_id = customer, event_type = type, quantity, properties, timestamp, cost = Cost(i) });
            _events.Add((customer, $"e{i}", decimal.Parse(quantity, CultureInfo.InvariantCulture)));
            foreach (var charge in answer.GetProperty("charges").EnumerateArray())
            {
                Charged.Add((string)Find(charge.GetProperty("price").GetString()!)["model"]!);
            }
        }
        catch (Operations.BillingException e) when (e.Code.Name is "invalid_event" or "cost_unpriced")
        {
        }
    }

    // Most come with a cost of up to 30 dollars, some with one that nobody knows, and some with none.
    private JsonObject? Cost(int i) => _dice.Next(12) switch
    {
        0 => null,
        var kind => new JsonObject
        {
            ["id"] = $"cost{i}",
            ["provider"] = "openai",
            ["api"] = "openai.chat",
            ["model"] = kind == 1 ? "unheard-of" : "gpt-4o",
            ["usage"] = new JsonObject { ["prompt_tokens"] = _dice.Next(0, 4_000_000), ["completion_tokens"] = _dice.Next(0, 2_000_000) },
            ["requested_at"] = "2026-03-01T00:00:00Z",
        },
    };

    private async Task Reverse(int i)
    {
        var (customer, id, quantity) = _events[_dice.Next(_events.Count)];
        string? part = _dice.Next(2) == 0 || quantity == 0 ? null : (Math.Round(quantity * _dice.Next(1, 9) / 10, 2) is > 0 and var some ? some : quantity).ToString(CultureInfo.InvariantCulture);
        // What is left may be less than the part, and some meters are reversed whole only: refused, and nothing changes.
        Reversed += await desk.Code("reverse_usage", new { event_id = id, customer_id = customer, quantity = part, idempotency_key = $"r{i}" }) == "ok" ? 1 : 0;
    }

    private JsonObject Find(string id) => _document["products"]!.AsArray().SelectMany(p => p!["prices"]!.AsArray()).First(p => (string)p!["id"]! == id)!.AsObject();

    private JsonObject Price(string id, string meter, string asset)
    {
        string model = Of(Models);
        var price = new JsonObject { ["id"] = id, ["meter"] = meter, ["asset"] = asset, ["model"] = model, ["period"] = Of("month", "day", "event", "ever", "month") };
        JsonObject Tier(string? to, params (string Name, string Value)[] fields)
        {
            var tier = new JsonObject { ["up_to"] = to };
            foreach (var (name, value) in fields)
            {
                tier[name] = value;
            }
            return tier;
        }
        switch (model)
        {
            case "per_unit":
                price["unit_price"] = Number(0, 3);
                break;
            case "flat":
                price["amount"] = Number(0, 9);
                break;
            case "graduated" or "volume":
                price["tiers"] = new JsonArray(Tier("7.5", ("unit_price", Number(0, 3)), ("flat_price", Number(0, 2))), Tier("31", ("unit_price", Number(0, 3))), Tier(null, ("unit_price", Number(0, 1))));
                break;
            case "stairstep":
                price["tiers"] = new JsonArray(Tier("5", ("flat_price", Number(0, 5))), Tier(null, ("flat_price", Number(0, 9))));
                break;
            case "graduated_percentage":
                price["tiers"] = new JsonArray(Tier("20", ("percent", Number(0, 20)), ("flat_price", Number(0, 2))), Tier(null, ("percent", Number(0, 5))));
                break;
            case "package":
                (price["package_size"], price["package_price"]) = (Number(1, 9), Number(0, 4));
                break;
            case "percentage":
                price["percent"] = Number(0, 20);
                Maybe(price, ("fixed_per_event", Number(0, 1)), ("min_per_event", "0.1"), ("max_per_event", "6"), ("free_events", _dice.Next(0, 4).ToString(CultureInfo.InvariantCulture)), ("free_amount", Number(0, 30)));
                break;
            case "cost_plus":
                (price["asset"], price["markup_percent"]) = ("usd", Number(0, 60));
                Maybe(price, ("fixed_per_event", Number(0, 1)));
                break;
            default:
                price["dimensions"] = new JsonArray("size");
                price["rows"] = new JsonArray(new JsonObject { ["values"] = new JsonArray("l"), ["unit_price"] = Number(0, 3) }, new JsonObject { ["values"] = new JsonArray("m"), ["unit_price"] = Number(0, 3) });
                Maybe(price, ("default", Number(0, 1)));
                break;
        }
        if (model is "per_unit" or "graduated" or "volume" or "matrix")
        {
            Maybe(price, ("per", Of("10", "3", "1000")));
        }
        if (price["free_amount"] is null)
        {
            Maybe(price, ("free_units", Number(0, 20)));
        }
        Maybe(price, ("max_per_period", Number(5, 60)), ("quantity_rounding", Of("up", "nearest")));
        return price;
    }

    private void Maybe(JsonObject price, params ReadOnlySpan<(string Name, string Value)> fields)
    {
        foreach (var (name, value) in fields)
        {
            if (_dice.Next(3) == 0)
            {
                price[name] = value;
            }
        }
    }

    private string Of(params ReadOnlySpan<string> all) => all[_dice.Next(all.Length)];

    private string Number(int least, int most) => (_dice.Next(least * 1000, most * 1000 + 1) / (_dice.Next(3) == 0 ? 1000m : _dice.Next(2) == 0 ? 100m : 10m) is var n && n > most ? most : n).ToString(CultureInfo.InvariantCulture);
}
