using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Ledger;

public sealed record GetLedgerDigestInput
{
    [Description("The UTC day, such as 2026-11-25."), RegularExpression(LedgerDigest.DayPattern), StringLength(10, MinimumLength = 10)]
    public required string Day { get; init; }
}

/// <summary>The kept digest of a day.</summary>
public sealed class GetLedgerDigest : Operation<GetLedgerDigestInput, LedgerDigest>
{
    [SetsRequiredMembers]
    public GetLedgerDigest()
    {
        Name = "get_ledger_digest";
        Title = "Get a digest of the ledger";
        Description = "The signed digest of a day, as it was taken. Store it outside this database: mcp-billing verify --digest FILE holds the ledger against it.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/ledger-digests/{day}";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<LedgerDigest> Run(GetLedgerDigestInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        await billing.Reads<ILedgerDigestReads>().Kept(caller, Day(input.Day), cancellation)
            ?? throw new BillingException(ErrorCode.LedgerDigestNotFound, $"There is no digest of {input.Day}.", "day");

    internal static DateOnly Day(string text) => LedgerDigest.ReadDay(text)
        ?? throw new BillingException(ErrorCode.InvalidRequest, $"day is {text}, which the calendar does not have; allowed are UTC days such as 2026-11-25.", "day");
}
