using System.ComponentModel;
using System.Globalization;
using System.Numerics;
using McpBilling.Money;

namespace McpBilling.Integration;

/// <summary>What was expected and what was charged, event by event.</summary>
public sealed record AmountsProof
{
    private const int MaxLines = 200;
    private const int MaxDifferences = 50;

    [Description("Events that were calculated anew.")]
    public required int EventsCompared { get; init; }

    public required int ReversalsCompared { get; init; }
    public required IReadOnlyList<ProvenSum> Sums { get; init; }
    public required IReadOnlyList<ProvenCharge> Differences { get; init; }

    [Description("At most 200 of the charges compared.")]
    public required IReadOnlyList<ProvenCharge> Charges { get; init; }

    /// <summary>Compares every judged event with the naive model, and with what the ledger posted for it.</summary>
    public static AmountsProof Of(Arrivals arrived)
    {
        var charges = new List<ProvenCharge>();
        var differences = new List<ProvenCharge>();
        var sums = new SortedDictionary<string, (Asset Asset, BigInteger Expected, BigInteger Actual)>(StringComparer.Ordinal);
        var judged = arrived.Events.Select(e => e.Key).ToHashSet();
        var posted = arrived.Events.ToDictionary(e => e.Key, e => e.Posted);
        int events = 0, reversals = 0;
        void Compare(string customer, string eventId, string price, Asset asset, BigInteger expected, BigInteger actual, bool isReversal)
        {
            var line = new ProvenCharge
            {
                EventId = eventId,
                CustomerId = customer,
                Price = price,
                Asset = asset.Id,
                Expected = Text(asset, expected),
                Actual = Text(asset, actual),
                Reversal = isReversal ? true : null,
            };
            charges.Add(line);
            if (expected != actual)
            {
                differences.Add(line);
            }
        }
        foreach (var history in arrived.Histories)
        {
            var expected = NaiveModel.Replay(arrived.Catalog, arrived.CatalogSince, history).ToLookup(e => e.Key);
            foreach (var e in history.Events.Where(e => judged.Contains(e.Key)))
            {
                events++;
                var actual = e.Charges.ToDictionary(c => c.VersionKey, c => (BigInteger)c.Amount);
                foreach (var charge in expected[e.Key])
                {
                    Compare(e.CustomerId, e.Event.Id, charge.PriceId, charge.Asset, charge.Units, actual.GetValueOrDefault(charge.VersionKey), isReversal: false);
                }
                foreach (var (version, amount) in actual.Where(a => expected[e.Key].All(x => x.VersionKey != a.Key)))
                {
                    Compare(e.CustomerId, e.Event.Id, arrived.Catalog.Versions[version].PriceId, arrived.Catalog.Versions[version].Asset, 0, amount, isReversal: false);
                }
                // The ledger itself: what left the wallet for this event, whatever its charges say.
                foreach (var asset in expected[e.Key].Select(x => x.Asset).Concat(posted[e.Key].Keys.Select(id => arrived.Catalog.RequireAsset(id))).DistinctBy(a => a.Id))
                {
                    var wanted = expected[e.Key].Where(x => x.Asset.Id == asset.Id).Aggregate(BigInteger.Zero, (sum, x) => sum + x.Units);
                    var moved = (BigInteger)posted[e.Key].GetValueOrDefault(asset.Id);
                    var before = sums.GetValueOrDefault(asset.Id, (asset, BigInteger.Zero, BigInteger.Zero));
                    sums[asset.Id] = (asset, before.Item2 + wanted, before.Item3 + moved);
                    if (wanted != moved && e.Charges.Aggregate(BigInteger.Zero, (sum, c) => arrived.Catalog.Versions[c.VersionKey].Asset.Id == asset.Id ? sum + c.Amount : sum) == wanted)
                    {
                        Compare(e.CustomerId, e.Event.Id, "(posted to the ledger)", asset, wanted, moved, isReversal: false);
                    }
                }
            }
            foreach (var reversal in history.Reversals.Where(r => judged.Contains(r.Event.Key)))
            {
                reversals++;
                foreach (var charge in expected[reversal.Key])
                {
                    var actual = reversal.Charged.TryGetValue(charge.PriceId, out decimal amount) && Amount.TryFrom(charge.Asset, amount, out var units) ? units.Units : 0;
                    Compare(history.CustomerId, reversal.Event.Event.Id, charge.PriceId, charge.Asset, charge.Units, actual, isReversal: true);
                }
            }
        }
        return new AmountsProof
        {
            EventsCompared = events,
            ReversalsCompared = reversals,
            Sums = [.. sums.Values.Select(s => new ProvenSum { Asset = s.Asset.Id, Expected = Text(s.Asset, s.Expected), Actual = Text(s.Asset, s.Actual) })],
            Differences = [.. differences.Take(MaxDifferences)],
            Charges = [.. charges.Take(MaxLines)],
        };
    }

    private static string Text(Asset asset, BigInteger units) =>
        units >= long.MinValue && units <= long.MaxValue ? new Amount(asset, (long)units).ToString() : units.ToString(CultureInfo.InvariantCulture) + "e-" + asset.Scale.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Expected and charged, in one asset.</summary>
public sealed record ProvenSum
{
    public required string Asset { get; init; }
    public required string Expected { get; init; }

    [Description("What the ledger posted.")]
    public required string Actual { get; init; }
}

/// <summary>One charge beside what the naive model expects.</summary>
public sealed record ProvenCharge
{
    public required string EventId { get; init; }
    public required string CustomerId { get; init; }
    public required string Price { get; init; }
    public required string Asset { get; init; }
    public required string Expected { get; init; }
    public required string Actual { get; init; }

    [Description("true: of a reversal of the event.")]
    public bool? Reversal { get; init; }
}
