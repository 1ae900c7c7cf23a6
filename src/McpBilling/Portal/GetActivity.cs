using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using McpBilling.Customers;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Wallets;

namespace McpBilling.Portal;

/// <summary>Asks for a customer's recent days.</summary>
public sealed record GetActivityInput
{
    public const int MostDays = 92;

    [Description("Your app's id of the customer."), RegularExpression(Customer.IdPattern), StringLength(Customer.MaxIdLength, MinimumLength = 1)]
    public required string CustomerId { get; init; }

    [Description("How many days, today included."), Range(1, MostDays)]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int Days { get; set; } = 30;
}

/// <summary>A day of an account.</summary>
public sealed record ActivityDay
{
    [Description("YYYY-MM-DD in the workspace's time zone.")]
    public required string Day { get; init; }

    [Description("Charged less returned.")]
    public required string Used { get; init; }

    [Description("The balance at the day's end; today's as it is.")]
    public required string Balance { get; init; }
}

/// <summary>An account over time.</summary>
public sealed record ActivityAccount
{
    public required string Asset { get; init; }

    [Description("For people.")]
    public required string Name { get; init; }

    public required AccountFigures Figures { get; init; }

    [Description("Used a day on average, of the last 14 days or since first use; absent: nothing was used.")]
    public string? AveragePerDay { get; init; }

    [Description("Whole days that available lasts at that average; absent when nothing is used, or for more than ten years.")]
    public int? DaysLeft { get; init; }

    [Description("Oldest first.")]
    public required IReadOnlyList<ActivityDay> Days { get; init; }
}

/// <summary>What was charged for one product, feature or model in one asset.</summary>
public sealed record ActivityShare
{
    [Description("Product id, feature or model; absent: the app did not say.")]
    public string? Key { get; init; }

    [Description("The product's name.")]
    public string? Name { get; init; }

    public required string Asset { get; init; }
    public required string Amount { get; init; }

    [Description("Events that were charged.")]
    public required long Events { get; init; }
}

/// <summary>A customer's recent days.</summary>
public sealed record GetActivityOutput
{
    public required string CustomerId { get; init; }

    [Description("The time the figures are for.")]
    public required Instant AsOf { get; init; }

    public required IReadOnlyList<ActivityAccount> Accounts { get; init; }

    [Description("The most first.")]
    public required IReadOnlyList<ActivityShare> Products { get; init; }

    public required IReadOnlyList<ActivityShare> Features { get; init; }
    public required IReadOnlyList<ActivityShare> Models { get; init; }

    [Description("False: more happened than is looked through, so the oldest days lack some.")]
    public required bool Whole { get; init; }
}

/// <summary>The use case.</summary>
public sealed class GetActivity : Operation<GetActivityInput, GetActivityOutput>
{
    private const int MostShares = 100;

    [SetsRequiredMembers]
    public GetActivity()
    {
        Name = "get_activity";
        Title = "Get a customer's recent activity";
        Description = "What a customer used day by day, how their balances went, how long the rest lasts, and what it was charged for, by product, feature and model.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/customers/{customer_id}/activity";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<GetActivityOutput> Run(GetActivityInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var stored = await billing.Reads<IPortalReads>().Activity(
            caller, input.CustomerId, (now, catalog) => Usage.RatingPeriods.Of(Pricing.RatingPeriod.Day, now - TimeSpan.FromDays(input.Days - 1), catalog.TimeZone).Start, cancellation)
            ?? throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {WalletSession.Shown(input.CustomerId)}.", "customer_id");
        var (now, zone) = (stored.Wallet.Now, stored.Catalog.TimeZone);
        DateOnly DayOf(Instant time) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), zone).DateTime);
        var today = DayOf(now);
        DateOnly[] days = [.. Enumerable.Range(0, input.Days).Select(i => today.AddDays(i - input.Days + 1))];
        var entries = stored.Entries.ToLookup(e => e.Asset.Id, StringComparer.Ordinal);
        long unused = long.MaxValue;
        var present = stored.Wallet.State.Apply(new WalletCommand.BringUp(), now, () => unused--).State;
        return new GetActivityOutput
        {
            CustomerId = stored.Wallet.Customer.Id,
            AsOf = now,
            Accounts = [.. present.Accounts.Values.OrderBy(a => a.Asset.Id, StringComparer.Ordinal).Select(a => AccountOf(a, days, DayOf, [.. entries[a.Asset.Id]], now))],
            Products = Shares(stored.Charges, c => c.Product, id => stored.Catalog.FindProduct(id)?.Name),
            Features = Shares(stored.Charges, c => c.Feature),
            Models = Shares(stored.Charges, c => c.Model),
            Whole = stored.IsWhole,
        };
    }

    private static ActivityAccount AccountOf(Account account, IReadOnlyList<DateOnly> days, Func<Instant, DateOnly> dayOf, IReadOnlyList<ActivityEntry> entries, Instant now)
    {
        decimal? average = ActivityDays.Average(entries, now);
        return new ActivityAccount
        {
            Asset = account.Asset.Id,
            Name = account.Asset.Name,
            Figures = AccountFigures.Of(account),
            AveragePerDay = average is { } each ? new Amount(account.Asset, (long)Math.Round(each)).ToString() : null,
            DaysLeft = ActivityDays.Left(account.Available, average),
            Days = ActivityDays.Of(account, days, dayOf, entries),
        };
    }

    private static IReadOnlyList<ActivityShare> Shares(IReadOnlyList<ActivityCharge> charges, Func<ActivityCharge, string?> keyOf, Func<string, string?>? nameOf = null) =>
        [.. charges.GroupBy(c => (Key: keyOf(c), c.Asset.Id))
            .Select(g => (g.Key.Key, g.First().Asset, Amount: g.Aggregate(0L, (sum, c) => checked(sum + c.Amount)), Events: g.LongCount()))
            .OrderBy(s => s.Asset.Id, StringComparer.Ordinal).ThenByDescending(s => s.Amount).ThenBy(s => s.Key, StringComparer.Ordinal).Take(MostShares)
            .Select(s => new ActivityShare
            {
                Key = s.Key,
                Name = s.Key is null ? null : nameOf?.Invoke(s.Key),
                Asset = s.Asset.Id,
                Amount = new Amount(s.Asset, s.Amount).ToString(),
                Events = s.Events,
            })];
}
