using System.Collections.Immutable;
using McpBilling.Catalog;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Insights;

/// <summary>
/// Carries a customer's history out again, on the present catalog and on the draft side by side. On the present catalog every step is what it was; what the
/// ledger did not keep of a step (how much of a grant was voided) follows from the state before it. On the draft the facts are the same; what they lead to is
/// the draft's.
/// </summary>
internal sealed class RecordedReplay
{
    private readonly CustomerHistory history;
    private readonly SimulatedCustomer now;
    private readonly SimulatedCustomer? then;
    private readonly DraftCatalog? draft;
    private readonly bool keepsSignup;
    private readonly Dictionary<long, ImmutableArray<HoldLine>> holds = [];
    private readonly Dictionary<long, UsageEvent> captures = [];

    /// <param name="keepsSignup">Existing customers keep the sign-up credit that they got, whatever the draft promises to new ones.</param>
    public RecordedReplay(CustomerHistory history, IRecordedUsage recorded, CatalogSnapshot present, DraftCatalog? draft, bool keepsSignup, Func<Tally> tally)
    {
        (this.history, this.draft, this.keepsSignup) = (history, draft, keepsSignup || draft?.HasSameSignup != false);
        var reversed = history.Facts.OfType<RecordedFact.Reversed>().Select(r => r.EventId).ToHashSet(StringComparer.Ordinal);
        now = new SimulatedCustomer(history.Customer, present, tally(), recorded.Ids, recorded.WorkspaceKey) { Remembered = reversed };
        if (draft is not null)
        {
            then = new SimulatedCustomer(history.Customer, draft.Snapshot, tally(), recorded.Ids, recorded.WorkspaceKey) { Remembered = reversed };
            foreach (var used in history.Facts.OfType<RecordedFact.Used>())
            {
                if (used.HoldKey is { } hold)
                {
                    captures.TryAdd(hold, used.Event);
                }
            }
        }
    }

    /// <summary>What the customer pays on the present catalog, and on the draft.</summary>
    public (Tally Now, Tally? Then) Run(CancellationToken cancellation)
    {
        var joined = history.Customer.CreatedAt;
        foreach (var (asset, grant) in history.SignupGrants)
        {
            now.Grant(joined, asset, grant);
            if (keepsSignup)
            {
                then?.Grant(joined, asset, grant);
            }
        }
        if (!keepsSignup)
        {
            then?.SignUp(joined);
        }
        for (int i = 0; i < history.Facts.Count; i++)
        {
            if ((i & 1023) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            Carry(history.Facts[i]);
        }
        return (now.Tally, then?.Tally);
    }

    private void Carry(RecordedFact fact)
    {
        switch (fact)
        {
            case RecordedFact.Used f:
                now.Use(f.At, f.Key, f.Event, f.HoldKey, f.Final);
                then?.Use(f.At, f.Key, f.Event, f.HoldKey, f.Final);
                break;
            case RecordedFact.Authorized f:
                Authorize(f);
                break;
            case RecordedFact.AmountCaptured f:
                CaptureAmount(f);
                break;
            case RecordedFact.HoldVoided f:
                now.VoidHold(f.At, f.HoldKey);
                then?.VoidHold(f.At, f.HoldKey);
                break;
            case RecordedFact.HoldExtended f:
                now.ExtendHold(f.At, f.HoldKey, f.ExpiresAt);
                then?.ExtendHold(f.At, f.HoldKey, f.ExpiresAt);
                break;
            case RecordedFact.Granted f:
                now.Grant(f.At, f.Asset, f.Grant);
                then?.Grant(f.At, f.Asset, f.Grant);
                break;
            case RecordedFact.GrantVoided f:
                VoidGrant(f);
                break;
            case RecordedFact.Adjusted f:
                Adjust(f);
                break;
            case RecordedFact.Reversed f:
                Reverse(f);
                break;
            case RecordedFact.OverdraftSet f:
                now.SetOverdraft(f.At, f.Asset, f.Limit);
                then?.SetOverdraft(f.At, f.Asset, f.Limit);
                break;
        }
    }

    private void Authorize(RecordedFact.Authorized f)
    {
        holds[f.Key] = f.Lines;
        now.Authorize(f.At, f.Key, [.. f.Lines.Select(AsRecorded)], f.ExpiresAt);
        if (then is not null)
        {
            then.Authorize(f.At, f.Key, OnDraft(f), f.ExpiresAt);
        }
    }

    private static Debit AsRecorded(HoldLine line) => new(line.Asset, line.Amount, line.Product, line.Purpose);

    // The estimate that was asked for is not kept. What was captured first stands for it; where the draft holds for the same price in the same asset, it holds
    // what was held.
    private ImmutableArray<Debit> OnDraft(RecordedFact.Authorized f)
    {
        if (draft!.IsPresent || f.Lines.All(l => l.Purpose is null) || !captures.TryGetValue(f.Key, out var captured))
        {
            return [.. f.Lines.Select(AsRecorded)];
        }
        var debits = ImmutableArray.CreateBuilder<Debit>();
        foreach (var (charge, held) in then!.Quote(f.At, captured))
        {
            var recorded = f.Lines.FirstOrDefault(l => l.Purpose == charge.Purpose && l.Asset.Id == charge.Asset.Id);
            long amount = recorded is not null && draft!.UnchangedPrices.Contains(charge.Version.PriceId)
                ? recorded.Amount
                : held;
            debits.Add(new Debit(charge.Asset, amount, charge.Version.ProductId, charge.Purpose));
        }
        return debits.ToImmutable();
    }

    private void CaptureAmount(RecordedFact.AmountCaptured f)
    {
        // Only a hold of a single line is captured by amount.
        var line = holds[f.HoldKey][0];
        long units = WalletSession.Units(line.Asset, f.Amount, "amount");
        now.CaptureAmount(f.At, f.HoldKey, line, units, f.Final);
        then?.CaptureAmount(f.At, f.HoldKey, line, units, f.Final);
    }

    private void VoidGrant(RecordedFact.GrantVoided f)
    {
        if (now.LiveGrant(f.At, f.GrantKey, history.ReversalGrants) is not { } live)
        {
            return;
        }
        long? part = f.Whole ? null : live.Grant.Remaining - WalletSession.Units(live.Asset, f.Remaining, "remaining");
        now.VoidGrant(f.At, live.Grant.Key, part);
        if (then?.LiveGrant(f.At, f.GrantKey, history.ReversalGrants) is { } other)
        {
            long free = other.Grant.Remaining - other.Grant.Held;
            then.VoidGrant(f.At, other.Grant.Key, part is { } units ? Math.Min(units, free) : null);
        }
    }

    private void Adjust(RecordedFact.Adjusted f)
    {
        if (f.Grant is { } added)
        {
            now.Adjust(f.At, f.Asset, added);
            then?.Adjust(f.At, f.Asset, added);
            return;
        }
        long taken = now.BalanceAt(f.At, f.Asset) - WalletSession.SignedUnits(f.Asset, f.BalanceAfter, "balance");
        now.Take(f.At, f.Asset, taken);
        then?.Take(f.At, f.Asset, taken);
    }

    private void Reverse(RecordedFact.Reversed f)
    {
        if (now.LeftOf(f.EventId) is not { } left)
        {
            return;
        }
        decimal? part = f.QuantityLeft == 0 ? null : left - f.QuantityLeft;
        now.Reverse(f.At, f.EventId, part);
        if (then?.LeftOf(f.EventId) is { } leftThen)
        {
            then.Reverse(f.At, f.EventId, part is { } taken ? Math.Round(leftThen * (taken / left), Quantity.MaxDecimals) : null);
        }
    }
}
