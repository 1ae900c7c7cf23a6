using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Portal;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal;

/// <summary>One request of a customer who is signed in. Whatever a page asks, it asks for this customer: ids never come from the address.</summary>
/// <param name="FormToken">What every form sends back, to prove that it is one of ours for this session.</param>
internal sealed record PortalVisit(HttpContext Context, PortalSession Session, IBilling Billing, CatalogSnapshot Catalog, Language Language, PortalBrand Brand, string FormToken)
{
    /// <summary>The workspace's caller with no right beyond what the portal shows and sets.</summary>
    public Caller Caller { get; } = new(Session.WorkspaceKey, Session.Mode, PortalScopes.All, Session.Id);

    public string CustomerId => Session.CustomerId;

    public CancellationToken Aborted => Context.RequestAborted;

    public string? Query(string name) => Context.Request.Query[name] is [{ Length: > 0 and <= 2048 } value] ? value : null;

    /// <summary>Asks one of the operations, as this customer's session may.</summary>
    public ValueTask<TOutput> Ask<TInput, TOutput>(Operation<TInput, TOutput> operation, TInput input)
        where TInput : class
        where TOutput : class
    {
        Caller.Require(operation.Scope);
        return operation.Run(input, Caller, Billing, operation.Reads ? Aborted : CancellationToken.None);
    }

    public Asset Asset(string id) => Catalog.RequireAsset(id);

    public string Figure(string asset, string amount) => Language.Figure(Asset(asset), Decimal(amount));

    public string Exact(string asset, string amount) => Language.Exact(Asset(asset), Decimal(amount));

    public DateTime Local(Instant time) => TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), Catalog.TimeZone).DateTime;

    public DateOnly DayOf(Instant time) => DateOnly.FromDateTime(Local(time));

    public static decimal Decimal(string amount) => decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>How much of a bound is used up, 0 to 100; of none, all.</summary>
    public static long Percent(string used, string bound) => Decimal(bound) is var most && most <= 0 ? 100 : (long)Math.Clamp(Decimal(used) / most * 100, 0, 100);

    /// <summary>The beginning of a form that posts to a page of the portal.</summary>
    public Html Form(string page) => new Html().Add($"<form method=\"post\" action=\"{PortalDoor.Address(page)}\"><input type=\"hidden\" name=\"{PortalForms.TokenField}\" value=\"{FormToken}\">");
}

/// <summary>What a session of the portal may do.</summary>
internal static class PortalScopes
{
    public static readonly System.Collections.Frozen.FrozenSet<string> All =
        System.Collections.Frozen.FrozenSet.ToFrozenSet([Scopes.CustomersRead, Scopes.UsageRead, Scopes.PortalWrite, Scopes.PaymentsWrite], StringComparer.Ordinal);
}
