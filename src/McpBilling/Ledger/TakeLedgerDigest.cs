using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Ledger;

public sealed record TakeLedgerDigestInput
{
    [Description("A UTC day that is over, such as 2026-11-25. Default: the last one."), RegularExpression(LedgerDigest.DayPattern), StringLength(10, MinimumLength = 10)]
    public string? Day { get; init; }
}

/// <summary>Signs what the ledger was at the end of a day, and keeps that; the digest of a day that has one is answered as it is.</summary>
public sealed class TakeLedgerDigest : Operation<TakeLedgerDigestInput, LedgerDigest>
{
    [SetsRequiredMembers]
    public TakeLedgerDigest()
    {
        Name = "take_ledger_digest";
        Title = "Take a digest of the ledger";
        Description = "Signs one hash over every account's chain of entries as it was at the end of a day (default: yesterday) and keeps it. A running server does it daily. "
            + "Store the answer outside: mcp-billing verify --digest FILE holds the ledger against it.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.Admin;
        Route = "POST /v1/ledger-digests";
        HasTool = false;
        TakesLong = true;
    }

    public override async ValueTask<LedgerDigest> Run(TakeLedgerDigestInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var reads = billing.Reads<ILedgerDigestReads>();
        var now = await reads.Now(caller, cancellation);
        var last = DateOnly.FromDateTime(now.ToDateTimeOffset().UtcDateTime).AddDays(-1);
        var day = input.Day is null ? last : GetLedgerDigest.Day(input.Day);
        if (day > last)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"day is {LedgerDigest.Written(day)}, which is not over in this workspace (it is {now}); allowed are days until {LedgerDigest.Written(last)}.", "day");
        }
        if (await reads.Kept(caller, day, cancellation) is { } kept)
        {
            return kept;
        }
        await billing.Commit(new KeepDigest(await reads.Make(caller, day, cancellation)), caller, cancellation);
        // Another process may have been first: what is kept is what counts.
        return (await reads.Kept(caller, day, cancellation))!;
    }
}
