using System.Numerics;
using System.Text.Json.Nodes;
using McpBilling.Money;

namespace McpBilling.Simulator;

/// <summary>A meter of the catalog, read plainly.</summary>
internal sealed record NaiveMeter(string Id, string EventType, string Aggregation, string? Property, JsonObject? Filter);

/// <summary>One version of a price, priced as pricing.md says, in fractions.</summary>
internal sealed class NaivePrice
{
    public required string Id, Product, Asset;
    public required NaiveMeter Meter;
    public required JsonObject Node;
    public Instant From = Instant.Beginning;
    public bool Carry = true;
    public NaivePrice? Before;

    public string Model => (string)Node["model"]!;
    public string Period => (string?)Node["period"] ?? "month";
    public JsonObject? Where => Node["where"] as JsonObject;
    public Fraction? FlatHold => Node["hold_policy"]?["amount"] is { } amount ? Fraction.Parse((string)amount!) : null;

    private Fraction? Number(string name) => Number(Node, name);
    private static Fraction? Number(JsonNode node, string name) => node[name] is { } value ? Fraction.Parse((string)value!) : null;
    private Fraction Per => Number("per") ?? Fraction.Of(1);

    /// <summary>Each event by itself; a period costs their sum.</summary>
    public bool IsPerEvent => Model is "percentage" or "matrix";

    /// <summary>The price of a period's quantity, exact.</summary>
    public Fraction Total(Fraction quantity)
    {
        var q = Billable(quantity);
        if (q <= Fraction.Zero)
        {
            return Fraction.Zero;
        }
        switch (Model)
        {
            case "per_unit":
                return q / Per * Number("unit_price")!.Value;
            case "flat":
                return Number("amount")!.Value;
            case "package":
                return new Fraction((q / Number("package_size")!.Value).Ceiling(), 1) * Number("package_price")!.Value;
        }
        var (total, from) = (Fraction.Zero, Fraction.Zero);
        foreach (var tier in Node["tiers"]!.AsArray())
        {
            var to = Number(tier!, "up_to");
            bool last = to is null || q <= to;
            var price = Model == "graduated_percentage" ? (Number(tier!, "percent") ?? Fraction.Zero) / Fraction.Of(100) : (Number(tier!, "unit_price") ?? Fraction.Zero) / Per;
            var flat = Number(tier!, "flat_price") ?? Fraction.Zero;
            if (Model is "volume" or "stairstep")
            {
                if (last)
                {
                    return q * price + flat;
                }
                continue;
            }
            total += ((last ? q : to!.Value) - from) * price + flat;
            if (last)
            {
                return total;
            }
            from = to!.Value;
        }
        throw new InvalidOperationException("the last tier has no end");
    }

    /// <summary>What one event costs; null: no row fits it.</summary>
    public Fraction? Fee(Fraction before, Fraction after, long eventsBefore, Dictionary<string, string> properties)
    {
        if (Model == "matrix")
        {
            var row = Node["rows"]!.AsArray().FirstOrDefault(r => Node["dimensions"]!.AsArray().Select((d, i) => properties.GetValueOrDefault((string)d!) == (string)r!["values"]![i]!).All(x => x));
            var price = row is null ? Number("default") : Number(row, "unit_price");
            return price is null ? null : (Billable(after) - Billable(before)) * price.Value / Per;
        }
        var amount = after - before;
        var (freeEvents, freeAmount) = (Number("free_events"), Number("free_amount"));
        bool free = (freeEvents != null || freeAmount != null) && !(Fraction.Of(eventsBefore) >= freeEvents) && !(before >= freeAmount);
        if (free)
        {
            if (freeAmount is not { } most || after <= most)
            {
                return Fraction.Zero;
            }
            amount = after - most;
        }
        var fee = amount * Number("percent")!.Value / Fraction.Of(100) + (Number("fixed_per_event") ?? Fraction.Zero);
        fee = Number("min_per_event") is { } min ? Fraction.Max(fee, min) : fee;
        return Number("max_per_event") is { } max ? Fraction.Min(fee, max) : fee;
    }

    /// <summary>A period's total as money: capped, then rounded once.</summary>
    public long Round(Fraction total, long unitsPerWhole) =>
        (long)((Number("max_per_period") is { } cap ? Fraction.Min(total, cap) : total) * Fraction.Of(unitsPerWhole)).HalfEven();

    public bool Capped(Fraction total) => Number("max_per_period") is { } cap && total >= cap;

    private Fraction Billable(Fraction quantity)
    {
        var q = Fraction.Max(Fraction.Zero, quantity - (Number("free_units") ?? Fraction.Zero));
        return (string?)Node["quantity_rounding"] switch
        {
            "up" => new Fraction((q / Per).Ceiling(), 1) * Per,
            "nearest" => new Fraction((q / Per + new Fraction(1, 2)).Floor(), 1) * Per,
            _ => q,
        };
    }

    public bool Fits(Dictionary<string, string> properties) => Fits(Where, properties);

    public static bool Fits(JsonObject? conditions, Dictionary<string, string> properties) =>
        conditions is null || conditions.All(c => properties.TryGetValue(c.Key, out string? value) && c.Value!.AsArray().Any(v => (string)v! == value));
}

/// <summary>The catalog of the simulation: a document that changes, and every version that its prices had.</summary>
internal sealed class NaiveCatalog
{
    public static readonly Asset Usd = Currencies.All["usd"];
    public static readonly Asset Credits = new("credits", "credits", 2, 0);
    public static readonly string[] Products = ["art", "talk", "pay", "odd"];

    public static Asset AssetOf(string id) => id == "usd" ? Usd : Credits;

    public JsonObject Document { get; } = JsonNode.Parse(
        """
        {"assets":[{"id":"credits","scale":2}],
         "meters":[{"id":"images","event_type":"image","aggregation":"sum"},
                   {"id":"big","event_type":"image","aggregation":"count","filter":{"size":["l","xl"]}},
                   {"id":"tokens","event_type":"tokens","aggregation":"sum"},
                   {"id":"chars","event_type":"chars","aggregation":"sum","property":"n"},
                   {"id":"calls","event_type":"call","aggregation":"count"},
                   {"id":"sales","event_type":"sale","aggregation":"sum"},
                   {"id":"fees","event_type":"fee","aggregation":"sum"},
                   {"id":"peak","event_type":"memory","aggregation":"max","property":"mb"},
                   {"id":"users","event_type":"login","aggregation":"unique_count","property":"user"},
                   {"id":"level","event_type":"level","aggregation":"latest","property":"n"},
                   {"id":"bulk","event_type":"bulk","aggregation":"sum"},
                   {"id":"steps","event_type":"step","aggregation":"sum"},
                   {"id":"grid","event_type":"grid","aggregation":"sum"}],
         "products":[
           {"id":"art","charge":"first_affordable","prices":[
             {"id":"art-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1","max_per_period":"200"},
             {"id":"art-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04","hold_policy":{"kind":"flat","amount":"0.5"}},
             {"id":"art-usd-l","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.09","where":{"size":["l"]}},
             {"id":"art-usd-lx","meter":"images","asset":"usd","model":"graduated","tiers":[{"up_to":"7.5","unit_price":"0.07"},{"up_to":null,"unit_price":"0.01"}],"where":{"size":["l"],"style":["x","y"]}}]},
           {"id":"talk","prices":[
             {"id":"talk-in","meter":"tokens","asset":"usd","model":"per_unit","unit_price":"3","per":"1000000","free_units":"500000"},
             {"id":"talk-credits","meter":"tokens","asset":"credits","model":"package","package_size":"100000","package_price":"0.25","free_units":"1000"},
             {"id":"talk-chars","meter":"chars","asset":"usd","model":"graduated","per":"10","quantity_rounding":"up","tiers":[{"up_to":"100","unit_price":"0.03","flat_price":"1"},{"up_to":"1000","unit_price":"0.011"},{"up_to":null,"unit_price":"0.0007","flat_price":"2"}],"period":"day"},
             {"id":"talk-calls","meter":"calls","asset":"credits","model":"stairstep","tiers":[{"up_to":"5","flat_price":"1"},{"up_to":"20","flat_price":"3.5"},{"up_to":null,"flat_price":"9"}]}]},
           {"id":"pay","prices":[
             {"id":"pay-sales","meter":"sales","asset":"usd","model":"percentage","percent":"2.9","fixed_per_event":"0.30","min_per_event":"0.5","max_per_event":"20","free_events":"2","free_amount":"50"},
             {"id":"pay-fees","meter":"fees","asset":"usd","model":"graduated_percentage","tiers":[{"up_to":"100","percent":"5"},{"up_to":"500","percent":"2.5","flat_price":"0.1"},{"up_to":null,"percent":"0.333"}],"max_per_period":"30"},
             {"id":"pay-sales-each","meter":"sales","asset":"credits","model":"per_unit","unit_price":"0.013","period":"event"}]},
           {"id":"odd","prices":[
             {"id":"odd-big","meter":"big","asset":"usd","model":"flat","amount":"2.5","period":"day"},
             {"id":"odd-peak","meter":"peak","asset":"usd","model":"per_unit","unit_price":"0.015"},
             {"id":"odd-users","meter":"users","asset":"usd","model":"volume","tiers":[{"up_to":"3","unit_price":"2"},{"up_to":null,"unit_price":"0.9","flat_price":"1"}]},
             {"id":"odd-level","meter":"level","asset":"credits","model":"per_unit","unit_price":"1.5","period":"ever"},
             {"id":"odd-bulk","meter":"bulk","asset":"usd","model":"volume","quantity_rounding":"nearest","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":"40","unit_price":"0.5"},{"up_to":null,"unit_price":"0.1","flat_price":"0.333333333"}]},
             {"id":"odd-steps","meter":"steps","asset":"credits","model":"graduated","period":"ever","tiers":[{"up_to":"10","unit_price":"1","flat_price":"2"},{"up_to":null,"unit_price":"0.5","flat_price":"5"}],"hold_policy":{"kind":"flat","amount":"3"}},
             {"id":"odd-grid","meter":"grid","asset":"usd","model":"matrix","dimensions":["model","region"],"free_units":"3","rows":[{"values":["a","eu"],"unit_price":"0.5"},{"values":["a","us"],"unit_price":"0.4"},{"values":["b","eu"],"unit_price":"0.123"}]}]}]}
        """)!.AsObject();

    public List<NaiveMeter> Meters { get; } = [];

    /// <summary>The last version of each price, as the document lists them.</summary>
    public List<NaivePrice> Prices { get; } = [];

    public NaiveCatalog()
    {
        foreach (var m in Document["meters"]!.AsArray())
        {
            Meters.Add(new((string)m!["id"]!, (string)m["event_type"]!, (string)m["aggregation"]!, (string?)m["property"], m["filter"] as JsonObject));
        }
        foreach (var product in Document["products"]!.AsArray())
        {
            foreach (var p in product!["prices"]!.AsArray())
            {
                Prices.Add(new NaivePrice
                {
                    Id = (string)p!["id"]!,
                    Product = (string)product["id"]!,
                    Asset = (string)p["asset"]!,
                    Meter = Meters.Single(m => m.Id == (string)p["meter"]!),
                    Node = (JsonObject)p.DeepClone(),
                });
            }
        }
    }

    public bool FirstAffordable(string product) => (string?)Document["products"]!.AsArray().Single(p => (string)p!["id"]! == product)!["charge"] == "first_affordable";

    /// <summary>Makes a price dearer or cheaper from now on: a new version, in the document and here.</summary>
    public string Change(Dice dice, Instant now)
    {
        // What a carried quantity of remembered values would be is not said: only sums and counts get new versions.
        var before = dice.Of<NaivePrice>([.. Prices.Where(p => p.Meter.Aggregation is "sum" or "count")]);
        var node = Document["products"]!.AsArray().Single(p => (string)p!["id"]! == before.Product)!["prices"]!.AsArray().Single(p => (string)p!["id"]! == before.Id)!.AsObject();
        bool carry = !dice.OneIn(3);
        node["carry"] = carry;
        string number = $"{dice.Below(3)}.{dice.Between(1, 999)}";
        string name = before.Model switch { "flat" => "amount", "package" => "package_price", "percentage" => "percent", "per_unit" => "unit_price", "matrix" => "default", _ => "" };
        if (name.Length > 0)
        {
            node[name] = number;
        }
        else
        {
            string part = before.Model switch { "stairstep" => "flat_price", "graduated_percentage" => "percent", _ => "unit_price" };
            node["tiers"]!.AsArray()[dice.Below(node["tiers"]!.AsArray().Count)]![part] = number;
        }
        if (before.Model != "percentage" && before.Model != "matrix" && dice.OneIn(4))
        {
            node["free_units"] = dice.Below(20).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        Prices[Prices.IndexOf(before)] = new NaivePrice
        {
            Id = before.Id,
            Product = before.Product,
            Asset = before.Asset,
            Meter = before.Meter,
            Node = (JsonObject)node.DeepClone(),
            From = now,
            Carry = carry,
            Before = before,
        };
        return $"{before.Id}: {node.ToJsonString()}";
    }

    public static BigInteger Units(Fraction amount, Asset asset) => (amount * Fraction.Of(asset.UnitsPerWhole)).HalfEven();
}
