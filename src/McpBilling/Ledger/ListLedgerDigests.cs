using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Operations;

namespace McpBilling.Ledger;

public sealed record ListLedgerDigestsInput
{
    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Digests a page, 1 to 100."), Range(1, 100)]
    public int Limit { get; set; } = 20;
}

public sealed record ListLedgerDigestsOutput
{
    public required IReadOnlyList<LedgerDigest> Digests { get; init; }

    [Description("Give it back as cursor for older digests; absent on the last page.")]
    public string? NextCursor { get; init; }

    public required long Total { get; init; }
}

/// <summary>The kept digests of a workspace, newest day first.</summary>
public sealed class ListLedgerDigests : Operation<ListLedgerDigestsInput, ListLedgerDigestsOutput>
{
    [SetsRequiredMembers]
    public ListLedgerDigests()
    {
        Name = "list_ledger_digests";
        Title = "List digests of the ledger";
        Description = "The signed daily digests of the ledger, newest first.";
        ToolSet = ToolSet.Admin;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/ledger-digests";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<ListLedgerDigestsOutput> Run(ListLedgerDigestsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var (digests, next, total) = await billing.Reads<ILedgerDigestReads>().List(caller, Cursors.ReadOne(input.Cursor), input.Limit, cancellation);
        return new ListLedgerDigestsOutput { Digests = digests, NextCursor = next is { } last ? Cursors.Write(last) : null, Total = total };
    }
}
