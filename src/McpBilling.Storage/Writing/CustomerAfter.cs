using System.Collections.Immutable;
using System.Text.Json;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Storage.Chains;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Writing;

/// <summary>What a transaction changed of a customer, for whoever has the customer as it was before: the rows that were written, as far as they can differ from the last ones.</summary>
internal sealed record CustomerAfter
{
    public required long Key { get; init; }
    public required long LastEvent { get; init; }
    public required long EventCount { get; init; }
    public required Instant NextDue { get; init; }
    public required ImmutableArray<AccountAfter> Accounts { get; init; }
    public required ImmutableArray<GrantAfter> Grants { get; init; }
    public required ImmutableArray<HoldAfter> Holds { get; init; }
    public required ImmutableArray<RatingAfter> Ratings { get; init; }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        json.WriteNumberValue(Key);
        json.WriteNumberValue(LastEvent);
        json.WriteNumberValue(EventCount);
        json.WriteNumberValue(NextDue.Microseconds);
        List(json, Accounts, static (j, a) =>
        {
            Numbers(j, a.AssetKey, a.Debt, a.OverdraftLimit, a.OverdraftHeld, a.LastEntry, a.EntryCount, a.ChainedAfter);
            j.WriteStringValue(a.Settled);
            if (a.Head is { } head)
            {
                Numbers(j, head.First, head.Second, head.Third, head.Fourth);
            }
        });
        List(json, Grants, static (j, g) => Numbers(j, g.Key, (long)g.Status, g.Remaining, g.Held));
        List(json, Holds, static (j, h) =>
        {
            Numbers(j, h.Key, (long)h.Status, h.CreatedAt.Microseconds, h.ExpiresAt.Microseconds);
            j.WriteStringValue(h.Lines);
        });
        List(json, Ratings, static (j, r) =>
        {
            Numbers(j, r.Key.VersionKey, r.Key.PeriodStart.Microseconds, r.Charged);
            j.WriteStringValue(r.State);
        });
        json.WriteEndArray();
    }

    public static CustomerAfter Read(JsonElement list) => new()
    {
        Key = list[0].GetInt64(),
        LastEvent = list[1].GetInt64(),
        EventCount = list[2].GetInt64(),
        NextDue = new Instant(list[3].GetInt64()),
        Accounts = List(list[4], static a => new AccountAfter(
            a[0].GetInt64(), a[1].GetInt64(), a[2].GetInt64(), a[3].GetInt64(), a[4].GetInt64(), a[5].GetInt64(), a[6].GetInt64(), a[7].GetString()!,
            a.GetArrayLength() > 8 ? new ChainHash(a[8].GetInt64(), a[9].GetInt64(), a[10].GetInt64(), a[11].GetInt64()) : null)),
        Grants = List(list[5], static g => new GrantAfter(g[0].GetInt64(), (GrantStatus)g[1].GetInt64(), g[2].GetInt64(), g[3].GetInt64())),
        Holds = List(list[6], static h => new HoldAfter(h[0].GetInt64(), (HoldStatus)h[1].GetInt64(), new Instant(h[2].GetInt64()), new Instant(h[3].GetInt64()), h[4].GetString()!)),
        Ratings = List(list[7], static r => new RatingAfter(new RatingKey(r[0].GetInt64(), new Instant(r[1].GetInt64())), r[2].GetInt64(), r[3].GetString()!)),
    };

    /// <summary>The customer after the transaction; null when that cannot be told from what is known, so that it must be read.</summary>
    /// <param name="before">As it was before the transaction; null: not known.</param>
    public CustomerRecord? After(CustomerRecord? before, WorkspaceRecord workspace)
    {
        if (before is null || !Accounts.All(a => workspace.Assets.ContainsKey(a.AssetKey)))
        {
            return null;
        }
        var accounts = before.Wallet.Accounts.ToDictionary(StringComparer.Ordinal);
        var chains = before.Chains;
        var changed = Grants.ToDictionary(g => g.Key);
        foreach (var after in Accounts)
        {
            var asset = workspace.Assets[after.AssetKey];
            var grants = ImmutableArray.CreateBuilder<Grant>();
            foreach (var grant in accounts.TryGetValue(asset.Id, out var present) ? present.Grants : [])
            {
                var now = changed.Remove(grant.Key, out var row) ? grant with { Status = row.Status, Remaining = row.Remaining, Held = row.Held } : grant;
                if (!now.IsOver)
                {
                    grants.Add(now);
                }
            }
            accounts[asset.Id] = new Account(asset, grants.DrainToImmutable(), after.Debt, after.OverdraftLimit, after.OverdraftHeld, UseTrail.Read(after.Settled));
            chains = chains.SetItem(asset.Id, new AccountChain(after.AssetKey, after.LastEntry, after.EntryCount) { ChainedAfter = after.ChainedAfter, Head = after.Head });
        }
        if (changed.Count > 0)
        {
            // A grant that was new, or over.
            return null;
        }
        return before with
        {
            Wallet = before.Wallet.RestoreLater(accounts.Values, Holds.Select(h => h.ToHold(workspace))),
            Chains = chains,
            Ratings = before.Ratings.SetItems(Ratings.Select(r => KeyValuePair.Create(r.Key, (RatingRow?)RatingRow.Parse(r.State, r.Charged)))),
            LastEvent = LastEvent,
            EventCount = EventCount,
            NextDue = NextDue,
        };
    }

    private static void List<T>(Utf8JsonWriter json, ImmutableArray<T> rows, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray();
        foreach (var row in rows)
        {
            json.WriteStartArray();
            write(json, row);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static ImmutableArray<T> List<T>(JsonElement list, Func<JsonElement, T> read) => [.. list.EnumerateArray().Select(read)];

    private static void Numbers(Utf8JsonWriter json, params ReadOnlySpan<long> numbers)
    {
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }
    }
}

/// <summary>An account's row.</summary>
internal readonly record struct AccountAfter(
    long AssetKey, long Debt, long OverdraftLimit, long OverdraftHeld, long LastEntry, long EntryCount, long ChainedAfter, string Settled, ChainHash? Head);

/// <summary>What changes of a grant.</summary>
internal readonly record struct GrantAfter(long Key, GrantStatus Status, long Remaining, long Held);

/// <summary>A hold's row.</summary>
internal readonly record struct HoldAfter(long Key, HoldStatus Status, Instant CreatedAt, Instant ExpiresAt, string Lines)
{
    public Hold ToHold(WorkspaceRecord workspace) => new(
        Key, Status, CreatedAt, ExpiresAt, RowText.Lines(Lines, workspace.Catalog));
}

/// <summary>A rating's row.</summary>
internal readonly record struct RatingAfter(RatingKey Key, long Charged, string State);
