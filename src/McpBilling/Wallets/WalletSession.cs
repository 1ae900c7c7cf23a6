using McpBilling.Catalog;
using McpBilling.Customers;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>One command's view of one customer: the wallet as it becomes, and everything that will have to be written if the command succeeds.</summary>
public class WalletSession(Customer customer, bool isNew, WalletState state, IWalletFacts facts)
{
    private readonly Dictionary<long, (Asset Asset, Grant Grant)> _grants = [];
    private readonly Dictionary<long, Hold> _holds = [];
    private readonly WalletState _loaded = state;

    public Customer Customer { get; private set; } = customer;

    /// <summary>The customer has no row yet: a command that is refused leaves none.</summary>
    public bool IsNew { get; } = isNew;

    public bool CustomerChanged { get; private set; }
    public WalletState State { get; private set; } = state;
    public IWalletFacts Facts { get; } = facts;
    public List<Entry> Entries { get; } = [];
    public IReadOnlyCollection<(Asset Asset, Grant Grant)> Grants => _grants.Values;
    public IReadOnlyCollection<Hold> Holds => _holds.Values;
    public Instant Now => Facts.Now;

    /// <summary>What is told to whoever listens, written with the command itself.</summary>
    public List<OutboxMessage> Outbox { get; } = [];

    /// <summary>Customer or wallet are not as they were: there is something to write.</summary>
    public virtual bool HasChanges => CustomerChanged || !ReferenceEquals(State, _loaded) || Entries.Count > 0 || _grants.Count > 0 || _holds.Count > 0;

    /// <summary>Gives a new customer what sign-up promises. Once: it is called when the row is made.</summary>
    public void SignUp()
    {
        foreach (var offer in Facts.Catalog.SignupGrants)
        {
            var asset = Facts.Catalog.RequireAsset(offer.Asset);
            Apply(new WalletCommand.AddGrant(
                Facts.NextGrantKey(), asset, Units(asset, offer.Amount, "signup"), GrantSource.Promotional, offer.Priority ?? Grant.DefaultPriority,
                [.. offer.Products ?? []], Now, offer.ExpiresAfterDays is { } days ? Now + TimeSpan.FromDays(days) : Instant.Never, null));
        }
    }

    /// <summary>How many of <see cref="Entries"/> were due by time alone, before the command.</summary>
    public int DueEntries { get; private set; }

    /// <summary>Time comes first: everything due by now, before the command looks at anything.</summary>
    public void BringUp()
    {
        if (State.NextDue > Now)
        {
            return;
        }
        Apply(new WalletCommand.BringUp());
        DueEntries = Entries.Count;
    }

    public void Change(Customer customer)
    {
        Customer = customer;
        CustomerChanged = true;
    }

    /// <summary>Applies a command to the wallet; a refusal changes nothing.</summary>
    public Transition Apply(WalletCommand command)
    {
        var transition = State.Apply(command, Now, Facts.NextGrantKey);
        State = transition.State;
        Entries.AddRange(transition.Entries);
        foreach (var touched in transition.Grants)
        {
            _grants[touched.Grant.Key] = touched;
        }
        foreach (var hold in transition.Holds)
        {
            _holds[hold.Key] = hold;
        }
        return transition;
    }

    /// <summary>A grant as this session has it, else as stored: bringing the wallet up to now may have used up one that is stored with credit.</summary>
    public Grant? FindGrant(long key) => _grants.TryGetValue(key, out var own) ? own.Grant : Facts.FindGrant(Customer.Key, key);

    /// <summary>Usage was posted for a hold that had expired: it is captured now, so that it cannot be captured again.</summary>
    public Hold Captured(Hold expired)
    {
        var captured = expired with { Status = HoldStatus.Captured, Lines = [.. expired.Lines.Select(l => l with { Shares = [] })] };
        _holds[captured.Key] = captured;
        return captured;
    }

    /// <summary>As <see cref="Apply"/>, with a refusal as an exception.</summary>
    public Transition Carry(WalletCommand command, string? field = null)
    {
        Transition transition;
        try
        {
            transition = Apply(command);
        }
        catch (OverflowException)
        {
            throw new BillingException(ErrorCode.AmountInvalid, "An account would hold more than 64 bits can count.", field ?? "amount");
        }
        return transition.Refusal is { } refusal ? throw Explain(refusal, field) : transition;
    }

    public Account Account(Asset asset) => State.Accounts.GetValueOrDefault(asset.Id) ?? Wallets.Account.Empty(asset);

    /// <exception cref="BillingException"><c>asset_not_found</c> with the nearest id.</exception>
    public Asset Asset(string id, string field = "asset") => Facts.Catalog.RequireAsset(id, field);

    /// <summary>An amount in units of the asset, ≥ 0.</summary>
    /// <exception cref="BillingException"><c>amount_invalid</c>, naming the field.</exception>
    public static long Units(Asset asset, decimal amount, string field)
    {
        if (amount < 0)
        {
            throw new BillingException(ErrorCode.AmountInvalid, $"{field} is {Quantity.Format(amount)}: it must not be negative. Use \"{Quantity.Format(-amount)}\".", field);
        }
        return SignedUnits(asset, amount, field);
    }

    public static long SignedUnits(Asset asset, decimal amount, string field) =>
        Amount.TryFrom(asset, amount, out var exact)
            ? exact.Units
            : throw new BillingException(
                ErrorCode.AmountInvalid, $"{field} is {Quantity.Format(amount)}: {asset.Id} holds {asset.Scale} digits after the point and at most {long.MaxValue / asset.UnitsPerWhole}.{Rounded(asset, amount)}", field);

    private static string Rounded(Asset asset, decimal amount)
    {
        decimal rounded = decimal.Round(amount, asset.Scale, MidpointRounding.AwayFromZero);
        return rounded != amount && Amount.TryFrom(asset, rounded, out _) ? $" Use \"{Quantity.Format(rounded)}\", rounded to the asset's scale." : "";
    }

    private BillingException Explain(Refusal refusal, string? field)
    {
        string detail = refusal.Code == ErrorCode.InsufficientBalance
            ? $"{Shown(Customer.Id)} has {new Amount(refusal.Asset!, refusal.Available)} {refusal.Asset!.Id} available; {new Amount(refusal.Asset, refusal.Shortfall)} is missing."
            : refusal.Code == ErrorCode.GrantInsufficient && refusal.Asset is { } asset
                ? $"The grant has {new Amount(asset, refusal.Available)} {asset.Id} that can be voided."
                : refusal.Code.Title + ".";
        return new BillingException(refusal.Code, detail, field);
    }

    /// <summary>Text from outside as it may stand in a message: short and printable.</summary>
    public static string Shown(string text)
    {
        string shown = text.Length > 64 ? text[..64] + "…" : text;
        return shown.All(c => c is >= ' ' and <= '~' or '…') ? $"'{shown}'" : "with characters that cannot be shown";
    }
}
