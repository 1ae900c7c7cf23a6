using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Wallets;

/// <summary>Sources that a caller may name; the others are made by the ledger itself.</summary>
public enum GivenSource
{
    Promotional,
    Paid,
    Included,
}

/// <summary>Gives a customer credit.</summary>
public sealed record GrantCreditInput
{
    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("usd, or a declared asset such as credits.")]
    public required string Asset { get; init; }

    [Description("How much, above zero, such as \"100\" or \"12.50\".")]
    public required decimal Amount { get; init; }

    [Description("Default promotional; paid goes with cost_basis.")]
    public GivenSource Source { get; set; } = GivenSource.Promotional;

    [Description("Lower burns first; default 50."), Range(0, Grant.MaxPriority)]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    [NotInTools]
    public int Priority { get; set; } = Grant.DefaultPriority;

    [Description("Only charges of these products may use it; default all.")]
    [NotInTools]
    public IReadOnlyList<string>? Products { get; init; }

    [Description("Usable from then on; default now.")]
    [NotInTools]
    public Instant? EffectiveAt { get; init; }

    [Description("Usable until then; default forever.")]
    public Instant? ExpiresAt { get; init; }

    [Description("What the customer paid: {\"currency\":\"usd\",\"amount\":\"10\"}.")]
    public CostBasisView? CostBasis { get; init; }

    [Description("Makes a retry safe."), StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }
}

/// <summary>The grant and the account after it.</summary>
public sealed record GrantCreditOutput : CommandOutput, ICreated
{
    public required GrantView Grant { get; init; }
    public required AccountFigures Account { get; init; }

    [Description("What may surprise: a grant whose time is over already.")]
    public IReadOnlyList<string>? Warnings { get; init; }

    [JsonIgnore]
    public bool Created { get; init; }
}

/// <summary>The use case.</summary>
public sealed class GrantCredit : Operation<GrantCreditInput, GrantCreditOutput>
{
    [SetsRequiredMembers]
    public GrantCredit()
    {
        Name = "grant_credit";
        Title = "Grant credit";
        Description =
            "Gives a customer credit, puts or adds money on their account: a gift or bonus, free or promo credits, compensation, a top-up to test with, or paid " +
            "(cost_basis: they wired $100 by bank transfer). Settles debt first. Next: get_wallet.\n" +
            "Example: {\"customer_id\":\"user_123\",\"asset\":\"credits\",\"amount\":\"100\",\"expires_at\":\"2027-01-01T00:00:00Z\",\"idempotency_key\":\"welcome-user_123\"}.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.WalletsWrite;
        Route = "POST /v1/grants";
        Creates = true;
    }

    public override ValueTask<GrantCreditOutput> Run(GrantCreditInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        billing.Commit(new GrantCreditCommand(input), caller, cancellation);
}

/// <summary>The decision of <see cref="GrantCredit"/>.</summary>
public sealed class GrantCreditCommand : CustomerCommand<GrantCreditOutput>
{
    private readonly GrantCreditInput _input;

    public GrantCreditCommand(GrantCreditInput input)
    {
        _input = input;
        CustomerId = input.CustomerId;
        IdempotencyKey = input.IdempotencyKey;
        var hash = new InputHash(stackalloc byte[256]);
        hash.Add(input.Asset);
        hash.Add(input.Amount);
        hash.Add((long)input.Source);
        hash.Add(input.Priority);
        foreach (string product in input.Products ?? [])
        {
            hash.Add(product);
        }
        hash.Add(input.EffectiveAt);
        hash.Add(input.ExpiresAt);
        hash.Add(input.CostBasis?.Currency);
        hash.Add(input.CostBasis?.Amount);
        InputHash = hash.Finish();
    }

    public override CommandKind Kind => CommandKind.Grant;

    public override GrantCreditOutput Decide(WalletSession session)
    {
        var asset = session.Asset(_input.Asset);
        long units = WalletSession.Units(asset, _input.Amount, "amount");
        if (units == 0)
        {
            throw new BillingException(ErrorCode.AmountInvalid, "amount is 0: a grant gives something. Use an amount such as \"100\".", "amount");
        }
        var effectiveAt = _input.EffectiveAt ?? session.Now;
        var expiresAt = _input.ExpiresAt ?? Instant.Never;
        if (_input.EffectiveAt is not null && expiresAt <= effectiveAt)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"expires_at is {expiresAt}: it must be after effective_at, {effectiveAt}. Use a later time, or remove expires_at.", "expires_at");
        }
        var products = Products(session);
        var command = new WalletCommand.AddGrant(
            session.Facts.NextGrantKey(), asset, units, Source(_input.Source), _input.Priority, products,
            Instant.Min(effectiveAt, expiresAt), expiresAt, CostBasis(session));
        var transition = session.Carry(command, "amount");
        var grant = transition.Grants.Single(g => g.Grant.Key == command.GrantKey).Grant;
        return new GrantCreditOutput
        {
            Grant = GrantView.Of(grant, asset, session.Facts.Ids, session.Facts.WorkspaceKey),
            Account = AccountFigures.Of(session.Account(asset)),
            Warnings = expiresAt <= session.Now ? [$"expires_at is {expiresAt}, which is past: the grant expired at once."] : null,
            Created = true,
        };
    }

    private static GrantSource Source(GivenSource source) => source switch
    {
        GivenSource.Paid => GrantSource.Paid,
        GivenSource.Included => GrantSource.Included,
        _ => GrantSource.Promotional,
    };

    private ImmutableArray<string> Products(WalletSession session)
    {
        var products = _input.Products ?? [];
        for (int i = 0; i < products.Count; i++)
        {
            if (session.Facts.Catalog.FindProduct(products[i]) is null)
            {
                string[] known = [.. session.Facts.Catalog.Document.Products.Select(p => p.Id)];
                throw InputGuard.Refusal(
                    [new($"/products/{i}", $"there is no product {WalletSession.Shown(products[i])}", NearestName.Hint(products[i], known) ?? "Leave products out for all products, or define it with define_product.")
                    {
                        Allowed = known.Length == 0 ? "no product is defined" : string.Join(", ", known.Take(50)),
                    }], ErrorCode.CatalogItemNotFound);
            }
        }
        return [.. products];
    }

    private CostBasis? CostBasis(WalletSession session)
    {
        if (_input.CostBasis is not { } paid)
        {
            return null;
        }
        if (_input.Source != GivenSource.Paid)
        {
            throw new BillingException(ErrorCode.InvalidRequest, "cost_basis belongs to a paid grant. Set source to \"paid\", or remove cost_basis.", "cost_basis");
        }
        if (!Currencies.All.TryGetValue(paid.Currency, out var currency))
        {
            throw new BillingException(ErrorCode.AssetNotFound, $"There is no currency {WalletSession.Shown(paid.Currency)}. {NearestName.Hint(paid.Currency, Currencies.All.Keys.Order(StringComparer.Ordinal)) ?? "Use an ISO 4217 code such as usd."}", "cost_basis.currency");
        }
        return new CostBasis(currency, WalletSession.Units(currency, paid.Amount, "cost_basis.amount"));
    }
}
